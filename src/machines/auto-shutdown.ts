import type { ChildState } from './child-state.ts'
import type { Draft } from './draft.ts'
import { failsStart } from './fold-supervisor.ts'
import { stopSupervisor } from './shutdown.ts'
import type { SupervisorState } from './supervisor-state.ts'
import { items } from './vector.ts'

/**
 * Ends the supervisor when a child failed its start, or when a significant child (any, or the last of all) ended by
 * itself for good. A child that was stopped by somebody says nothing.
 *
 * @see supervisor(3erl), `auto_shutdown`
 */
export function childEnded(draft: Draft, child: ChildState): void {
  const owner = draft.supervisor(child.parent)
  if (owner === undefined || (owner.phase !== 'starting' && owner.phase !== 'running')) return
  if (child.awaited && failsStart(child)) {
    stopSupervisor(draft, owner.stream, { cause: 'abort', now: false, outcome: 'failed', by: child.stream })
    return
  }
  const { outcome } = child.view
  const well = outcome === 'exited'
  if (!child.significant || !(well || outcome === 'failed') || !isOver(draft, owner, child)) return
  stopSupervisor(draft, owner.stream, {
    cause: well ? 'finished' : 'crash',
    now: false,
    outcome: well ? 'exited' : 'failed',
    by: child.stream,
  })
}

function isOver(draft: Draft, owner: SupervisorState, ended: ChildState): boolean {
  switch (owner.autoShutdown) {
    case 'never':
      return false
    case 'any-significant':
      return true
    case 'all-significant':
      for (const view of items(owner.roster)) {
        const sibling = draft.child(view.stream)
        if (sibling !== undefined && sibling !== ended && sibling.significant && sibling.name !== 'stopped')
          return false
      }
      return true
  }
}
