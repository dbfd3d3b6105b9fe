import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/events/event.ts'
import { takeCheckpoint } from '../../../src/machines/checkpoint.ts'
import type { Tree } from '../../../src/machines/tree.ts'
import { items } from '../../../src/machines/vector.ts'
import { foldLog, replay } from '../../../src/record/replay.ts'
import { histories, play, type Step } from './random-history.ts'

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const byStream = <V>(map: ReadonlyMap<string, V>): Map<string, V> =>
  new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** Everything a tree holds but the numbers of its slots, which mean nothing outside of it. */
function contents(tree: Tree) {
  const children = new Map([...tree.children].map(([stream, child]) => [stream, { ...child, slot: 0 }]))
  const supervisors = new Map(
    [...tree.supervisors].map(([stream, { roster, ...own }]) => [
      stream,
      Object.assign(own, { roster: [...items(roster)] }),
    ]),
  )
  return {
    seq: tree.seq,
    children: byStream(children),
    supervisors: byStream(supervisors),
    revisions: byStream(tree.revisions),
    registered: byStream(tree.registered),
  }
}

/** A whole log with a checkpoint after every so many batches. */
function record(
  history: { strategy: 'one-for-one' | 'one-for-all' | 'rest-for-one'; steps: readonly Step[] },
  every: number,
) {
  const log: RecordedEvent[] = []
  let batches = 0
  const { staged } = play(history, (events, scene) => {
    log.push(...events)
    if (events.length === 0 || ++batches % every !== 0) return
    const { draft } = scene.staged.apply({ of: 'checkpoint', state: takeCheckpoint(scene.staged.tree) })
    log.push(...draft.events)
  })
  return { log, tree: staged.tree }
}

test('a replay from any checkpoint, kept in memory or as JSON, equals the replay from the beginning', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 3, max: 40 }), (history, every) => {
      const { log } = record(history, every)
      const whole = foldLog(log)
      for (const [index, event] of log.entries()) {
        if (event.type !== 'journal.checkpointed') continue
        const retained = log.slice(index)
        expect(contents(foldLog(retained))).toEqual(contents(whole))
        expect(contents(foldLog(throughJson(retained)))).toEqual(contents(whole))
        expect(replay(throughJson(retained))).toEqual(replay(log))
      }
    }),
    { numRuns: 60 },
  )
})

test('a replay of the log, written down or not, is the tree that wrote it', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const { log, tree } = record(history, 10)
      expect(contents(foldLog(log))).toEqual(contents(tree))
      expect(contents(foldLog(throughJson(log)))).toEqual(contents(tree))
    }),
    { numRuns: 60 },
  )
})

test('a replay up to an event is the tree as it was then, also from a checkpoint before it', () => {
  fc.assert(
    fc.property(histories, fc.nat(), (history, draw) => {
      const { log } = record(history, 12)
      const begins = log.findIndex(({ type }) => type === 'journal.checkpointed')
      fc.pre(begins >= 0)
      const until = begins + 1 + (draw % (log.length - begins))
      expect(replay(log.slice(begins), { until })).toEqual(replay(log.slice(0, until)))
    }),
    { numRuns: 60 },
  )
})

test('the histories reach far: nested restarts, strategies, give-ups and removals are among them', () => {
  const seen = new Set<string>()
  for (const history of fc.sample(histories, { numRuns: 100, seed: 5 })) {
    for (const event of record(history, 1_000).log) {
      seen.add(event.type)
      if (event.cause === 'strategy') seen.add('strategy')
      if ((event.incarnation ?? 0) > 1 && event.stream.startsWith('/api')) seen.add('nested again')
    }
  }
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'restart.scheduled',
      'restart.due',
      'child.removed',
      'supervisor.stopped',
      'strategy',
      'nested again',
      'killTimeout.elapsed',
      'process.spawnFailed',
    ]),
  )
})

test('a checkpoint of another shape is no beginning', () => {
  const { log } = record({ strategy: 'one-for-one', steps: [] }, 3)
  const checkpoint = log.find(({ type }) => type === 'journal.checkpointed')
  expect(checkpoint).toBeDefined()
  const strange = { ...checkpoint, data: { state: { version: 99 } } } as RecordedEvent
  expect(() => replay([strange])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
})

test('a log that begins in the middle without a checkpoint is refused', () => {
  const { log } = record({ strategy: 'one-for-one', steps: [] }, 1_000)
  expect(() => replay(log.slice(1))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
})

test.each(['children', 'supervisors', 'revisions', 'registered'])(
  'a checkpoint without its %s would be found out',
  (part) => {
    const { log } = record({ strategy: 'one-for-one', steps: [] }, 3)
    const checkpoint = log.find((event) => event.type === 'journal.checkpointed')
    if (checkpoint === undefined) throw new Error('No checkpoint')
    const state = { ...(checkpoint.data.state as object), [part]: [] }
    const whole = contents(foldLog(log, checkpoint.seq))
    expect(contents(foldLog([checkpoint]))).toEqual(whole)
    expect(contents(foldLog([{ ...checkpoint, data: { state } }]))).not.toEqual(whole)
  },
)
