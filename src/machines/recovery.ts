import type { ChildState } from './child-state.ts'
import { record, recordOf, type Draft } from './draft.ts'
import type { Input } from './input.ts'
import { exited, spawnFailed } from './life.ts'
import { recordLimit } from './limit.ts'
import { linksOf } from './links.ts'
import { hostEnded } from './rest.ts'
import { judge, settle } from './settle.ts'
import { members } from './supervisor-state.ts'
import { ROOT } from './tree.ts'

/**
 * Takes a tree over from a host that has ended. What has no process comes to rest at once: what waited or backed off,
 * and the lives that were the host's own, tasks and nested supervisors. Processes are asked about in the world, which
 * answers with observations; those of another boot are all gone, whatever is asked.
 */
export function recover(draft: Draft, input: Extract<Input, { readonly of: 'recover' }>): void {
  const before = draft.supervisor(ROOT)
  const { id, strategy, autoShutdown, intensity } = linksOf(draft, ROOT).policy
  const { host, ended, order, changed } = input
  record(
    draft,
    ROOT,
    'supervisor.recovered',
    {
      id,
      strategy,
      autoShutdown,
      ...(intensity === undefined ? {} : { intensity: recordLimit(intensity) }),
      host,
      ended,
      rebooted: before?.host?.bootId !== host.bootId,
      order,
      changed,
    },
    { child: id },
  )
  draft.answering = draft.events.at(-1)?.seq
  takeOver(draft, ROOT)
}

/** Innermost first: a nested supervisor's own life ends after its children's. */
function takeOver(draft: Draft, supervisor: string): void {
  const owner = draft.supervisor(supervisor)
  for (const stream of owner === undefined ? [] : members(owner)) {
    takeOver(draft, stream)
    const child = draft.child(stream)
    if (child !== undefined) takeOverChild(draft, child)
  }
}

function takeOverChild(draft: Draft, child: ChildState): void {
  switch (child.name) {
    case 'initial':
    case 'stopped':
    case 'removed':
      return
    case 'waiting':
    case 'backingOff':
      return resume(draft, child)
    case 'settling':
      // Its process, where it had one, is dead; what it left behind is asked about.
      if (child.pid !== null) draft.note(child.stream, { gone: false, drained: child.drained, unswept: 1 })
      if (child.asked === null) judge(draft, child.stream)
      else settle(draft, child.stream)
      return
    case 'spawning':
      // Whether there is a process is what the world is asked first.
      if (child.origin === null) neverBegan(draft, child)
      return
    default:
      if (child.pid !== null) draft.note(child.stream, { gone: false, drained: false, unswept: 1 })
      // What had no process was its host's own life; of a spawn that was cut the world has to tell.
      else if (child.origin !== null) return
      else if (child.spawnedMono === null) neverBegan(draft, child)
      else exited(draft, child, { kind: 'exited', code: 1, signal: null })
  }
}

/** A task's run, or a nested supervisor, that was about to begin in the host that ended. */
function neverBegan(draft: Draft, child: ChildState): void {
  const message = `The host of "${child.view.id}" ended before it began`
  spawnFailed(draft, child, { kind: 'spawnFailed', code: 'ERR_ABORTED', message })
}

function resume(draft: Draft, child: ChildState): void {
  recordOf(draft, child, 'child.stopped', {
    outcome: 'failed',
    ...(child.ended === null ? {} : { exit: child.ended }),
    error: hostEnded(child),
    recovered: true,
  })
}
