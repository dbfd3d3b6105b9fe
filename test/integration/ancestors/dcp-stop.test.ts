import { expect, test } from 'vitest'
import { startAndForget, stopProcess, watchProcess } from '../../../src/index.ts'
import { aliveOf, identified, startScript, treeOfEight } from '../processes/support.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'

/* The stops and watches of the `process` package of microsoft/dcp. */

expectNoLeaks()

test('D15: a child’s tree, each of it in a session of its own, is gone when the child is stopped', async () => {
  const { supervisor, child, pids } = supervise({
    children: [{ id: 'tree', ...sh(treeOfEight()), stop: { killTimeoutMs: 60_000 } }],
  })
  await supervisor.start()
  const all = await pids('tree', 8)
  expect(aliveOf(all)).toHaveLength(8)
  expect(await child('tree').stop()).toMatchObject({ survivors: [] })
  expect(aliveOf(all)).toEqual([])
})

test('D15: the grace is the caller’s to choose: none, or as long as it takes', async () => {
  const { supervisor, child } = supervise({
    children: [
      { id: 'none', ...zoo('ignores-term'), ...whenReady, stop: { killTimeoutMs: 0 } },
      { id: 'endless', ...zoo('graceful', 4), ...whenReady, stop: { killTimeoutMs: Infinity } },
    ],
  })
  await supervisor.start()
  expect((await child('none').stop()).children[0]).toMatchObject({ escalated: true, exit: { signal: 'SIGKILL' } })
  expect((await child('endless').stop()).children[0]).toMatchObject({ escalated: false, exit: { code: 4 } })
})

test('D16: a process that this host has seen end can be stopped again, however long ago it was', async () => {
  const identity = await startAndForget(sh('exec sleep 300'))
  await identified(identity.pid)
  expect(await stopProcess(identity)).toMatchObject({ children: [{ outcome: 'stopped' }] })
  for (let n = 0; n < 2; n++) {
    expect(await stopProcess(identity)).toMatchObject({ children: [{ outcome: 'exited', escalated: false }] })
  }
})

test('D20: what ends by itself at the very moment of its stop was stopped well', async () => {
  const { supervisor, child, of } = supervise({
    children: Array.from({ length: 20 }, (_, n) => ({
      id: `c${n}`,
      ...zoo('sleeps'),
      ...whenReady,
      restart: 'temporary' as const,
    })),
  })
  await supervisor.start()
  const stops = Array.from({ length: 20 }, (_, n) => {
    process.kill(child(`c${n}`).view.pid ?? -1, 'SIGKILL')
    return child(`c${n}`).stop()
  })
  for (const { children, survivors } of await Promise.all(stops)) {
    expect(survivors).toEqual([])
    expect(children).toMatchObject([{ exit: { signal: 'SIGKILL' } }])
  }
  expect(of('process.exited')).toHaveLength(20)
})

test('D23: each waiter is cancelled for itself, also the first, and the watch goes on for those who come later', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  const watch = watchProcess(root, { pollMs: 10 })
  const first = new AbortController()
  const cancelled = rejection(watch.wait({ signal: first.signal }))
  const second = watch.wait()
  first.abort(new Error('no patience'))
  expect(await cancelled).toMatchObject({ code: 'ERR_ABORTED', cause: { message: 'no patience' } })
  const third = watch.wait()
  expect(await watch.signal(0)).toBe(true)
  watch.kill()
  await Promise.all([second, third])
  await watch.wait()
  expect(await watch.signal('SIGTERM')).toBe(false)
})

test('not as in DCP: a child stopped by its identity, from outside, keeps its exit code and its one exit', async () => {
  const { supervisor, of, event } = supervise({
    children: [{ id: 'web', ...zoo('graceful', 7), ...whenReady, restart: 'temporary' }],
  })
  await supervisor.start()
  const { identity } = of('process.spawned')[0]?.data ?? {}
  if (identity === null || identity === undefined) throw new Error('Nobody knows who it is.')
  const stops = await Promise.all([
    stopProcess(identity),
    stopProcess(identity),
    watchProcess(identity, { pollMs: 5 }).wait(),
  ])
  expect(stops[0]).toMatchObject({ children: [{ outcome: 'stopped', escalated: false }], survivors: [] })
  await event('child.stopped', 'web')
  expect(of('process.exited', 'web')).toMatchObject([{ data: { code: 7, expected: false } }])
})

test('not as in DCP: a mismatch is an error and no silent success, and nobody is signalled', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  const other = { ...root, startTicks: root.startTicks + 1 }
  expect(await rejection(stopProcess(other))).toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
  const watch = watchProcess(other, { pollMs: 10 })
  await watch.wait()
  expect(await watch.signal('SIGKILL')).toBe(false)
  watch.kill()
  expect(isAlive(root.pid)).toBe(true)
})
