import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSupervisor, isBroodError, superviseTable, type RecordedEvent, type TableRow } from '../../src/index.ts'
import { createWorld } from '../../src/testing/index.ts'
import { createCountedClock } from './support/counted-clock.ts'
import { monitor } from './support/monitor.ts'
import { runs } from './support/runs.ts'
import type { TaskBehaviour } from './support/scenario.ts'
import { taskLives } from './support/task-behaviours.ts'
import { createTaskRuns } from './support/task-runs.ts'

type Step =
  | { readonly do: 'set'; readonly key: string; readonly kind: 'task' | 'process'; readonly variant: number }
  | {
      readonly do: 'delete' | 'start' | 'stop' | 'get' | 'childStop' | 'childRestart' | 'childRemove'
      readonly key: string
    }
  | { readonly do: 'entries' | 'get$'; readonly how: 'well' | 'hang' | 'throw' | 'slow' }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'run' | 'finish' | 'abort' | 'stopAll' }

const key = fc.constantFrom('a', 'b', 'c')
const step: fc.Arbitrary<Step> = fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('set'),
      key,
      kind: fc.constantFrom('task', 'process'),
      variant: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('delete', 'start', 'start', 'stop', 'get', 'childStop', 'childRestart', 'childRemove'),
      key,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('entries', 'get$'),
      how: fc.constantFrom('well', 'hang', 'throw', 'slow'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.constantFrom(0, 0, 10, 50, 100, 1_000, 40_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('run', 'run', 'finish', 'abort', 'stopAll') }) },
)

/** Lives of each key, told by the log: at most one at a time, whatever stream it has. */
function twoOfOneKey(events: readonly RecordedEvent[]): string[] {
  const alive = new Map<string, string>()
  const found: string[] = []
  for (const { type, stream, child = '', seq } of events) {
    if (type === 'process.exited') alive.delete(child)
    if (type !== 'process.spawned') continue
    const other = alive.get(child)
    if (other !== undefined) found.push(`seq ${seq}: ${stream} beside ${other}`)
    alive.set(child, stream)
  }
  return found
}

interface Played {
  readonly events: readonly RecordedEvent[]
  readonly problems: readonly string[]
}

async function play(steps: readonly Step[], lives: readonly TaskBehaviour[]): Promise<Played> {
  const world = createWorld()
  world.program('*', { onSignal: { SIGTERM: { afterMs: 50 } } })
  const clock = createCountedClock(world.ports.clock)
  const tasks = createTaskRuns(world.ports.clock)
  const supervisor = createSupervisor({ ports: { ...world.ports, clock } })
  const events: RecordedEvent[] = []
  supervisor.events$.subscribe((event) => events.push(event))
  void supervisor.start()
  await world.advance(0)

  const problems: string[] = []
  const rows = new Map<string, TableRow>()
  const how = { entries: 'well', get: 'well' }
  const answer = async <T>(value: T, manner: string): Promise<T> => {
    if (manner === 'throw') throw new Error('broken')
    if (manner === 'hang') await new Promise(() => {})
    if (manner === 'slow') await new Promise<void>((resolve) => void world.ports.clock.arm(20, resolve))
    return value
  }
  const handle = superviseTable(
    supervisor,
    {
      get: (wanted) => answer(rows.get(wanted), how.get),
      async *entries() {
        for (const row of rows) yield await answer(row, how.entries)
        await answer(undefined, how.entries)
      },
    },
    { reconcileMs: 100, startupMs: 10 },
  )

  const pending = new Map<symbol, string>()
  const track = (name: string, promise: Promise<unknown>): void => {
    const id = Symbol(name)
    pending.set(id, name)
    promise.then(
      () => pending.delete(id),
      (error: unknown) => {
        pending.delete(id)
        if (!isBroodError(error)) problems.push(`${name} rejected with ${String(error)}`)
      },
    )
  }
  // Of each run, also of those that are refused: its callback, and its signal.
  const callbacks: PromiseWithResolvers<void>[] = []
  const aborts: AbortController[] = []
  const finish = (): void => callbacks.forEach((each) => each.resolve())

  const perform = (one: Exclude<Step, { do: 'advance' }>): void => {
    switch (one.do) {
      case 'set': {
        const rest = {
          restart: 'transient',
          stop: { killTimeoutMs: 30, verifyMs: 30 },
          readyTimeoutMs: 1_000 + one.variant,
        } as const
        // One runnable per variant of a key would be the same function again after a change and back.
        const task = { kind: 'task', run: tasks.runnable(one.key, lives), ...rest } as const
        rows.set(one.key, one.kind === 'task' ? task : { command: 'web', ...rest })
        return
      }
      case 'delete':
        return void rows.delete(one.key)
      case 'start':
      case 'stop':
      case 'get':
        return track(`${one.do} ${one.key}`, handle[one.do](one.key))
      case 'childStop':
        return void supervisor.child(one.key)?.stop()
      case 'childRestart':
        return track('restart', supervisor.child(one.key)?.restart() ?? Promise.resolve())
      case 'childRemove':
        // Whoever removes a task that cannot be ended was told so; the next of its key would begin beside it.
        if (supervisor.child(one.key)?.spec.kind === 'process') track('remove', supervisor.remove(one.key))
        return
      case 'entries':
        how.entries = one.how
        return
      case 'get$':
        how.get = one.how
        return
      case 'run': {
        const [over, abort] = [Promise.withResolvers<void>(), new AbortController()]
        callbacks.push(over)
        aborts.push(abort)
        const callback = ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
          signal.addEventListener('abort', () => over.resolve())
          return over.promise
        }
        return track('run', handle.run(callback, { signal: abort.signal }))
      }
      case 'finish':
        return finish()
      case 'abort':
        return aborts.at(-1)?.abort()
      case 'stopAll':
        return track('supervisor.stop()', supervisor.stop())
    }
  }

  for (const one of steps) {
    if (one.do === 'advance') await world.advance(one.ms)
    else perform(one)
  }
  finish()
  await world.advance(60_000)
  for (const name of pending.values()) problems.push(`${name} is pending`)
  // What could not be killed in its time keeps its place.
  const stuck = new Set(
    events.flatMap(({ type, stream, data }) =>
      type === 'child.stopped' && 'outcome' in data && data.outcome === 'unkillable' ? [stream] : [],
    ),
  )
  const left = supervisor.children().filter(({ stream }) => !stuck.has(stream))
  // What was stopped along with its supervisor belongs to its report.
  if (supervisor.view.state === 'running') problems.push(...left.map(({ stream }) => `${stream} is left`))
  track('the last stop', supervisor.stop())
  await world.advance(60_000)
  for (const name of pending.values()) problems.push(`${name} is pending at the end`)
  if (clock.armed > 0) problems.push(`${clock.armed} timers are armed`)
  tasks.endAll()
  await world.advance(0)
  return { events, problems: [...problems, ...tasks.problems, ...world.problems] }
}

test('whatever is done to a table and through it: one life of a key at a time, everything settles, nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), taskLives, async (steps, lives) => {
      const { events, problems } = await play([{ do: 'run' }, ...steps], lives)
      expect([...problems, ...twoOfOneKey(events), ...monitor(events)]).toEqual([])
    }),
    { numRuns: runs(400) },
  )
})

test('a history with two lives of one key would be found', async () => {
  const spawned = { type: 'process.spawned', child: 'a', incarnation: 1 }
  const events = [
    { ...spawned, seq: 1, stream: '/a' },
    { ...spawned, seq: 2, stream: '/a@2' },
  ]
  expect(twoOfOneKey(events as unknown as RecordedEvent[])).toEqual(['seq 2: /a@2 beside /a'])
})
