import { expect, test } from 'vitest'
import type { Supervisor } from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { whenReady, zoo } from '../support/zoo.ts'

/*
 * The manager of viamrobotics/goutils `pexec`, where processes change hands without being stopped: a removal that leaves
 * it running is a release, an addition that displaces another is an adoption, and a merge is a loop over either.
 */

expectNoLeaks()

const service = (id: string) => ({ id, ...zoo('graceful'), ...whenReady })

/** What MergeAdd did: every child of `source` goes over to `target` as it is; gives those that were displaced. */
const mergeAdd = (target: Supervisor, source: Supervisor) =>
  source.children().flatMap((child) => target.adopt(child) ?? [])

/** What MergeRemove did: `target` lets go of whatever has the id of a child of `source`; gives those. */
const mergeRemove = (target: Supervisor, source: Supervisor) =>
  source.children().flatMap(({ id }) => (target.child(id) === undefined ? [] : target.release(id)))

test('X22: what replaces a child is its successor, and the old one is stopped, first or last as one likes', async () => {
  const { supervisor, child, of } = supervise({ children: [service('web')] })
  await supervisor.start()
  const pids = [child('web').view.pid ?? -1]
  for (const order of ['stop-first', 'start-first'] as const) {
    const next = await supervisor.replace({ ...service('web'), args: [...zoo('graceful', 4).args] }, { order })
    expect(supervisor.child('web')).toBe(next)
    pids.push(next.view.pid ?? -1)
  }
  expect(pids.map(isAlive)).toEqual([false, false, true])
  expect(of('child.replaced', 'web')).toHaveLength(2)
})

test('X22: a successor that cannot start leaves the old one at work, where that is asked for', async () => {
  const { supervisor, child } = supervise({ children: [service('web')] })
  await supervisor.start()
  const { pid } = child('web').view
  const replaced = supervisor.replace({ id: 'web', command: '/no/such/program' }, { order: 'start-first' })
  expect(await rejection(replaced)).toMatchObject({ code: 'ERR_SPAWN_FAILED' })
  expect(child('web').view).toMatchObject({ state: 'running', pid })
})

test('X22, X23: a displaced child and a released one are given back running, and are their holder’s to stop', async () => {
  const [one, two] = [
    supervise({ id: 'one', children: [service('web')] }),
    supervise({ id: 'two', children: [service('web')] }),
  ]
  await Promise.all([one.supervisor.start(), two.supervisor.start()])
  const [first, second] = [one.child('web').view.pid ?? -1, two.child('web').view.pid ?? -1]
  const displaced = one.supervisor.adopt(two.child('web'))
  expect(one.child('web').view.pid).toBe(second)
  expect(two.supervisor.child('web')).toBeUndefined()
  expect(displaced?.view).toMatchObject({ state: 'running', pid: first })

  const released = one.supervisor.release('web')
  await Promise.all([one.supervisor.stop(), two.supervisor.stop()])
  expect([first, second].map(isAlive)).toEqual([true, true])
  expect(await displaced?.stop()).toMatchObject({ survivors: [] })
  expect(await released.stop()).toMatchObject({ survivors: [] })
  expect([first, second].map(isAlive)).toEqual([false, false])
})

test('X25: to merge one supervisor into another is to adopt each of its children, and nobody is stopped by it', async () => {
  const [into, from] = [
    supervise({ id: 'into', children: [service('a'), service('b')] }),
    supervise({ id: 'from', children: [service('b'), service('c')] }),
  ]
  await Promise.all([into.supervisor.start(), from.supervisor.start()])
  const pids = [...into.supervisor.children(), ...from.supervisor.children()].map(({ view }) => view.pid ?? -1)
  const displaced = mergeAdd(into.supervisor, from.supervisor)
  expect(displaced.map(({ id, view }) => [id, view.pid])).toEqual([['b', pids[1]]])
  expect(into.supervisor.children().map(({ id, view }) => [id, view.pid])).toEqual([
    ['a', pids[0]],
    ['b', pids[2]],
    ['c', pids[3]],
  ])
  expect(from.supervisor.children()).toEqual([])
  expect(pids.map(isAlive)).toEqual([true, true, true, true])
  await Promise.all(displaced.map((child) => child.stop()))
  await into.supervisor.stop()
  expect(pids.map(isAlive)).toEqual([false, false, false, false])
})

test('X25: to take one supervisor’s children out of another is to release those it has, and nobody is stopped by it', async () => {
  const [target, list] = [
    supervise({ id: 'target', children: [service('a'), service('b')] }),
    supervise({ id: 'list', children: [service('b'), service('c')] }),
  ]
  await target.supervisor.start()
  const { pid } = target.child('b').view
  const released = mergeRemove(target.supervisor, list.supervisor)
  expect(released.map(({ id, view }) => [id, view.state, view.pid])).toEqual([['b', 'running', pid]])
  expect(target.supervisor.children().map(({ id }) => id)).toEqual(['a'])
  expect(list.supervisor.children().map(({ id }) => id)).toEqual(['b', 'c'])
  await Promise.all(released.map((child) => child.stop()))
})
