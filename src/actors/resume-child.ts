import type { StageTarget } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import { deadlines } from '../machines/deadlines.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import type { Clock } from '../ports.ts'
import type { Alarms } from './alarms.ts'
import type { Stages } from './stages.ts'

export interface ResumeParts extends Alarms {
  readonly tree: LiveTree
  readonly clock: Pick<Clock, 'mono'>
  readonly stages: Pick<Stages, 'resume'>
  readonly signal: (
    child: ChildState,
    name: NodeJS.Signals,
    to: StageTarget,
    stage: 'kill' | 'remnants',
    answered?: (delivered: boolean) => void,
  ) => void
}

/**
 * Takes up what an earlier host had begun with a child: its deadlines, with what is left of them, and the signals of its
 * ladder that no event says were sent.
 */
export function resumeChild({ tree, clock, stages, arm, armVerify, signal }: ResumeParts, stream: string): void {
  const child = tree.child(stream)
  const policy = tree.policies.get(stream)
  if (child === undefined || policy === undefined || child.view.kind !== 'process') return
  const { incarnation } = child.view
  const owed = deadlines(child, policy, clock.mono())
  for (const { name, leftMs } of owed) arm(stream, incarnation, name, leftMs)
  switch (child.name) {
    case 'terminating':
      return stages.resume(child, child.ladder ?? policy.stop)
    case 'killing':
      signal(child, 'SIGKILL', 'group', 'kill')
      return armVerify(stream, incarnation)
    case 'settling':
      if (owed.length > 0) return stages.resume(child, child.ladder ?? policy.stop)
      // Without a grace to keep, what its leader has left behind is killed.
      return signal(child, 'SIGKILL', 'group', 'remnants', (delivered) => {
        if (delivered) armVerify(stream, incarnation)
      })
    default:
  }
}
