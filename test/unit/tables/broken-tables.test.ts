import { describe, expect, test } from 'vitest'
import type { TableRow } from '../../../src/index.ts'
import { watch } from '../actors/scene.ts'
import { each, tableScene } from './table-scene.ts'

const web: TableRow = { command: 'web', restart: 'temporary' }
const hanging = (): Promise<never> => new Promise(() => {})

/** An iterator that gives some rows and then does something else. */
function then(rows: readonly (readonly [string, TableRow])[], last: () => unknown, onReturn?: () => unknown): unknown {
  let given = 0
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      const value = rows[given]
      given += 1
      return value === undefined ? last() : Promise.resolve({ done: false, value })
    },
    ...(onReturn === undefined ? {} : { return: onReturn }),
  }
}
const throwing = (): never => {
  throw new Error('no table')
}

describe('a table that does not answer', () => {
  test('is given 30 s, told, and asked again at the next reconciliation', async () => {
    const scene = await tableScene({ a: web })
    scene.table.entriesInstead = hanging
    void scene.run()
    await scene.world.advance(1_000)
    expect(scene.calls).toBe(1)
    await scene.world.advance(29_000)
    expect(scene.troubles()).toEqual(['table.entries timedOut: No answer within 30000 ms'])
    scene.table.entriesInstead = undefined
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual(['a running'])
  })

  test('in the middle has given what it gave, nothing has vanished, and it is let go of without being waited for', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    let returned = 0
    scene.table.entriesInstead = () =>
      then([['b', web]], hanging, () => {
        returned += 1
        return hanging()
      })
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual(['a running', 'b running'])
    expect(returned).toBe(0)
    await scene.world.advance(30_000)
    expect(returned).toBe(1)
    expect(scene.states()).toEqual(['a running', 'b running'])
  })

  test.each([
    ['entries', hanging],
    ['next', () => then([['a', web]], hanging, hanging)],
    ['return', () => then([['a', web]], hanging, throwing)],
  ])('does not hold up the end: hanging in %s', async (_name, entries) => {
    const scene = await tableScene({ a: web })
    scene.table.entriesInstead = entries
    const ran = scene.run()
    await scene.world.advance(1_000)
    scene.finish('value')
    await scene.world.advance(0)
    expect(ran.value).toBe('value')
    expect(scene.states()).toEqual([])
  })

  test('does not hold up verbs, the stop of the supervisor, or a start for ever', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    scene.table.getInstead = hanging
    scene.table.entriesInstead = hanging
    const started = watch(scene.handle.start('b'))
    await scene.world.advance(60_000)
    expect(started.code).toBe('ERR_CHILD_NOT_FOUND')
    expect(scene.troubles()).toContain('table.get timedOut: No answer within 30000 ms')
    const rested = watch(scene.handle.stop('a'))
    await scene.world.advance(0)
    expect(rested.value).toMatchObject({ children: [{ outcome: 'stopped' }] })
    const again = watch(scene.handle.start('a'))
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(0)
    expect(stopped.settled).toBe(true)
    expect(again.code).toBe('ERR_SUPERVISOR_NOT_RUNNING')
  })
})

describe('a table that throws', () => {
  test.each([
    ['from `entries`', throwing],
    ['by rejecting', () => Promise.reject(new Error('no table'))],
    ['from `next`', () => then([], throwing)],
    ['from a generator', () => each({ [Symbol.iterator]: throwing })],
  ])('%s is told, and nothing has vanished', async (_name, entries) => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    scene.table.entriesInstead = entries
    await scene.world.advance(60_000)
    expect(scene.troubles()).toEqual(['table.entries threw: no table'])
    expect(scene.states()).toEqual(['a running'])
    scene.table.entriesInstead = undefined
    scene.table.rows.delete('a')
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual([])
  })

  test('from `get` rejects the start, with its error as the cause, and is told', async () => {
    const scene = await tableScene()
    void scene.run()
    await scene.world.advance(0)
    scene.table.getInstead = throwing
    const started = watch(scene.handle.start('a'))
    await scene.world.advance(0)
    expect(started.error).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND', cause: { message: 'no table' } })
    expect(scene.troubles()).toEqual(['table.get threw: no table'])
  })

  test('is told in the stream of its supervisor, to whoever reads the log', async () => {
    const scene = await tableScene()
    scene.table.entriesInstead = throwing
    void scene.run()
    await scene.world.advance(0)
    expect(scene.events.find(({ type }) => type === 'callback.failed')).toMatchObject({
      stream: '/',
      child: 'root',
      data: { callback: 'table.entries', problem: 'threw', message: 'no table' },
    })
  })
})

describe('a bad row', () => {
  test.each([
    ['no pair', 5, 'Row "?": Expected a row to be a key with its options, got 5'],
    ['a pair too long', ['x', web, 1], 'Row "?": Expected a row to be a key with its options, got an array of 3'],
    ['an empty key', ['', web], 'Row "?": Expected the key of a row to be an id, got \'\''],
    ['a key that is no text', [7, web], 'Row "?": Expected the key of a row to be an id, got 7'],
    ['no options', ['x', null], 'Row "x": Expected the child to be an object, got null'],
    ['another id', ['x', { ...web, id: 'y' }], "Row \"x\": Expected `id` to be absent or the key 'x', got 'y'"],
    ['bad options', ['x', { command: '' }], 'Row "x": Expected `command` to be a non-empty string, got \'\''],
    [
      'a sibling that nobody is',
      ['x', { ...web, after: ['nobody-here'] }],
      "Row \"x\": Expected `after` of 'x' to hold ids of siblings, got 'nobody-here'",
    ],
    ['a key that was there', ['a', { command: 'other' }], 'Row "?": Expected the key "a" once'],
    ['the id of somebody else', ['own', web], 'Row "own": Expected ids to be unique among siblings, got \'own\' twice'],
  ])('with %s is skipped and told once', async (_name, row, message) => {
    const scene = await tableScene({}, { supervisor: { children: [{ id: 'own', command: 'own' }] } })
    scene.table.entriesInstead = () => each([['a', web], row, ['b', web]] as never)
    void scene.run()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['own running', 'a running', 'b running'])
    await scene.world.advance(120_000)
    expect(scene.troubles()).toEqual([`table.entries badAnswer: ${message}`])
  })

  test('of a child that runs changes nothing about it; when it is good again, it counts', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('a', { command: '' })
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual(['a running'])
    expect(scene.child('a').stream).toBe('/a')
    scene.table.rows.set('a', { ...web, args: ['--new'] })
    await scene.world.advance(60_000)
    expect(scene.child('a')).toMatchObject({ stream: '/a@2', view: { state: 'running' } })
  })

  test('with getters that throw harms nobody', async () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    const scene = await tableScene()
    scene.table.entriesInstead = () => [['h', hostile], hostile, ['a', web]]
    void scene.run()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a running'])
    expect(scene.troubles()).toHaveLength(2)
  })

  test.each([
    ['nothing', undefined],
    ['a number', 5],
    ['an object without iterator', {}],
    ['an iterator without `next`', { [Symbol.iterator]: () => ({}) }],
    ['steps that are none', { [Symbol.iterator]: () => ({ next: () => 5 }) }],
  ])('a table that gives %s is told', async (_name, given) => {
    const scene = await tableScene()
    scene.table.entriesInstead = () => given
    const ran = scene.run()
    await scene.world.advance(0)
    expect(scene.calls).toBe(1)
    expect(scene.troubles()).toHaveLength(1)
    scene.finish(1)
    await scene.world.advance(0)
    expect(ran.value).toBe(1)
  })
})

test('a Map is a table: rows may come at once', async () => {
  const scene = await tableScene()
  scene.table.entriesInstead = () => new Map([['a', web]]).entries()
  void scene.run()
  await scene.world.advance(0)
  expect(scene.states()).toEqual(['a running'])
})
