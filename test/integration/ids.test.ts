import { expect, test } from 'vitest'
import { explain, replay } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { recordOf, supervise } from './support/supervise.ts'
import { whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const ids = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'a.b',
  'a/b',
  '/',
  '..',
  'web@2',
  '😀',
  'two\nlines',
  ' ',
  '%2F',
  'x'.repeat(256),
  '#',
  'é',
  'e\u0301',
  '0',
]

test('an id is a name like any other: started, restarted, found, told, stopped', async () => {
  const { supervisor, child, of, said } = supervise({
    children: ids.map((id) => ({ id, ...zoo('sleeps'), ...whenReady })),
  })
  await supervisor.start()
  expect(supervisor.children().map(({ id }) => id)).toEqual(ids)
  expect(supervisor.view.children.map(({ id, state }) => [id, state])).toEqual(ids.map((id) => [id, 'running']))
  expect(new Set(supervisor.children().map(({ stream }) => stream))).toHaveProperty('size', ids.length)
  for (const id of ids) {
    expect(child(id).stream).toBe(`/${encodeURIComponent(id)}`)
    expect(said(id)).toEqual(['ready'])
  }
  const views = await Promise.all(ids.map((id) => child(id).restart()))
  expect(views.map(({ id, incarnation }) => [id, incarnation])).toEqual(ids.map((id) => [id, 2]))
  const { children, survivors } = await supervisor.stop()
  expect(children.map(({ id, outcome }) => [id, outcome])).toEqual(ids.map((id) => [id, 'stopped']))
  expect(survivors).toEqual([])

  const record = await recordOf(supervisor)
  expect(replay(record).children.map(({ id }) => id)).toEqual(ids)
  for (const id of ids) {
    expect(of('process.exited', id)).toHaveLength(2)
    expect(explain(record, id)).toMatchObject({ state: 'stopped' })
  }
})

test('ids order and nest: dependencies, supervisors and second registrations with odd names', async () => {
  const { supervisor, of, child } = supervise({
    children: [
      { id: 'a/b', ...zoo('sleeps'), after: ['__proto__'] },
      { id: '__proto__', ...zoo('sleeps'), ...whenReady },
      {
        id: 'constructor',
        kind: 'supervisor',
        children: [
          { id: '__proto__', ...zoo('sleeps') },
          { id: '..', ...zoo('sleeps'), after: ['__proto__'] },
        ],
      },
    ],
  })
  await supervisor.start()
  const seqOf = (type: 'child.ready' | 'spawn.requested', stream: string): number =>
    of(type).find((event) => event.stream === stream)?.seq ?? -1
  expect(seqOf('spawn.requested', '/a%2Fb')).toBeGreaterThan(seqOf('child.ready', '/__proto__'))
  expect(
    child('constructor')
      .supervisor?.children()
      .map(({ stream }) => stream),
  ).toEqual(['/constructor/__proto__', '/constructor/..'])
  await supervisor.remove('a/b')
  await supervisor.remove('__proto__')
  expect(supervisor.child('__proto__')).toBeUndefined()
  expect(supervisor.child('toString')).toBeUndefined()
  expect(supervisor.add({ id: '__proto__', ...zoo('sleeps') }).stream).toBe('/__proto__@2')
  await child('__proto__').when('running')
})

test.each(['', 'x'.repeat(257), '\ud800', 'a\udc00b'])('%j is no id', (id) => {
  expect(() => supervise({ children: [{ id, ...zoo('sleeps') }] })).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_SPEC' }),
  )
})
