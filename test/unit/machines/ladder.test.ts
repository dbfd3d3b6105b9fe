import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/events/event.ts'
import type { Input } from '../../../src/machines/input.ts'
import { createStagedTree } from '../../../src/testing/staged-tree.ts'
import { normalizeSupervisor } from '../../../src/spec/supervisor-options.ts'
import type { StopOptions } from '../../../src/spec/child-options.ts'

/** What the ladder of a running child is like, when chance says `r`. */
function ladderOf(stop: StopOptions, now: boolean, r: number): RecordedEvent<'stop.requested'>['data'] {
  const { children } = normalizeSupervisor(
    { children: [{ id: 'web', command: 'web', stop }] },
    { platformTether: true },
  )
  const staged = createStagedTree(
    { id: 'root', strategy: 'one-for-one', autoShutdown: 'never', declared: new Set(['web']) },
    () => r,
  )
  for (const child of children) staged.add('/', child)
  const tell = (input: Extract<Input, { of: 'child' }>['input']) => staged.apply({ of: 'child', stream: '/web', input })
  staged.apply({ of: 'start', host: { hostId: 'h', treeId: 't', bootId: 'b', pid: 1 } })
  tell({ kind: 'spawned', pid: 7, identity: null, spawnMs: 0 })
  const { draft } = tell({ kind: 'stop', now, cause: 'operator', reason: 'enough' })
  const [asked] = draft.events
  if (asked?.type !== 'stop.requested') throw new Error('No stop.requested')
  return asked.data
}

test('everything about a ladder is in the event that begins it', () => {
  expect(ladderOf({ signal: 'SIGINT', killTimeoutMs: 300, splayMs: 1_000 }, false, 0.5)).toEqual({
    signal: 'SIGINT',
    splayMs: 500,
    killTimeoutMs: 300,
    cause: 'operator',
    now: false,
    reason: 'enough',
  })
})

test('`now` knows neither splay nor grace', () => {
  expect(ladderOf({ killTimeoutMs: 300, splayMs: 1_000 }, true, 0.5)).toMatchObject({
    splayMs: 0,
    killTimeoutMs: 0,
    now: true,
  })
})

test('stages are in it, with the grace that they make; `now` skips them', () => {
  const stages = [
    { signal: 'SIGHUP', to: 'process', atMs: 0 },
    { signal: 'SIGTERM', to: 'group', atMs: 40 },
    { signal: 'SIGKILL', to: 'group', atMs: 90 },
  ] as const
  expect(ladderOf({ stages, splayMs: 10 }, false, 0.5)).toMatchObject({
    signal: 'SIGHUP',
    splayMs: 5,
    killTimeoutMs: 90,
    stages,
  })
  expect(ladderOf({ stages, splayMs: 10 }, true, 0.5)).toEqual({
    signal: 'SIGHUP',
    splayMs: 0,
    killTimeoutMs: 0,
    cause: 'operator',
    now: true,
    reason: 'enough',
  })
})

test('a grace without an end is null in the log', () => {
  expect(ladderOf({ killTimeoutMs: Infinity }, false, 0).killTimeoutMs).toBeNull()
})

test('the splay is drawn uniformly from [0, splayMs], both ends included, in whole milliseconds', () => {
  expect(ladderOf({ splayMs: 10 }, false, 0).splayMs).toBe(0)
  expect(ladderOf({ splayMs: 10 }, false, 1 - Number.EPSILON).splayMs).toBe(10)
  const drawn = Array.from({ length: 1_100 }, (_, i) => ladderOf({ splayMs: 10 }, false, i / 1_100).splayMs)
  const times = Array.from({ length: 11 }, (_, ms) => drawn.filter((each) => each === ms).length)
  expect(times).toEqual(Array.from({ length: 11 }, () => 100))
})

test('whatever chance says, the splay stays within its bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (splayMs, r) => {
        const { splayMs: drawn } = ladderOf({ splayMs }, false, r)
        expect(Number.isInteger(drawn)).toBe(true)
        expect(drawn).toBeGreaterThanOrEqual(0)
        expect(drawn).toBeLessThanOrEqual(splayMs)
      },
    ),
  )
})
