import type { Child, RecordedEvent } from '../../../src/index.ts'
import { parentOf } from '../../../src/machines/stream-name.ts'
import type { World } from '../../../src/testing/index.ts'
import type { TaskRuns } from './task-runs.ts'

/** What is alive of a child at the moment at which it is told to have stopped. */
export function aliveAfter(
  event: RecordedEvent<'child.stopped'>,
  world: World,
  treeId: string | undefined,
  removed: ReadonlySet<string>,
  isCalm: boolean,
): string[] {
  const { stream, data } = event
  const alive = world
    .processes()
    // A life that was begun elsewhere has another name there.
    .filter((row) => row.treeId === treeId)
    .filter(({ life }) => life.stream === stream || life.stream.startsWith(`${stream}/`))
    // Whoever removes what could not be killed was told who is left.
    .filter(({ life }) => !removed.has(life.stream))
    .map(({ pid }) => pid)
  if (data.outcome !== 'unkillable') {
    return alive.length === 0
      ? []
      : [`stoppedMeansGone: seq ${event.seq}: ${stream} stopped, alive are ${alive.join(' ')}`]
  }
  // What a command from within the turn has ended meanwhile was alive when it was looked at.
  // Its cookie may be that of another stream: it is the life of a child that has moved.
  const living = new Set(world.processes().map(({ pid }) => pid))
  const strangers = isCalm ? (data.survivors ?? []).filter(({ pid }) => !living.has(pid)) : []
  return strangers.length === 0 ? [] : [`stoppedMeansGone: seq ${event.seq}: survivors that are not alive`]
}

/** What still runs of a task at the moment at which it is told to have stopped. `held`: whom the event is about. */
export function runsAfter(
  { stream, seq, data }: RecordedEvent<'child.stopped'>,
  [held]: readonly { readonly child: Child }[],
  tasks: TaskRuns,
): string[] {
  const spec = held?.child.spec
  if (data.outcome === 'unkillable' || spec?.kind !== 'task' || tasks.running(spec.run) === 0) return []
  return [`stoppedMeansGone: seq ${seq}: ${stream} stopped, its task runs`]
}

/** The same as `nothingSpawnsAfterAStop`, for stops that left no trace because there was nothing to record. */
export function spawnedAfterStop(
  events: readonly RecordedEvent[],
  stops: readonly { readonly seq: number; readonly stream: string }[],
): string[] {
  return stops.flatMap(({ seq, stream }) => {
    const parent = parentOf(stream)
    for (const event of events) {
      if (event.seq <= seq) continue
      if (event.stream === parent && event.type === 'supervisor.started') return []
      if (event.stream !== stream) continue
      if (event.type === 'start.requested' || event.type === 'restart.requested') return []
      if (event.type === 'spawn.requested') return [`nothingSpawnsAfterAStop: seq ${event.seq} after a stop at ${seq}`]
    }
    return []
  })
}
