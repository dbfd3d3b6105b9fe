import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

/** Says what it gets, and so does the child in its group. */
const hears = sh(`
  hear() { trap "echo $1 hup" HUP; trap "echo $1 usr1" USR1; }
  (hear member; echo "pid $(sh -c 'echo $PPID')"; echo ready; while :; do sleep 0.02; done) &
  hear leader
  while :; do sleep 0.02; done`)

test('signal() reaches the process alone, is recorded, and tells that it was delivered', async () => {
  const tree = supervise({ children: [{ id: 'web', ...hears, ...whenReady }] })
  await tree.supervisor.start()
  expect(await tree.child('web').signal('SIGUSR1')).toBe(true)
  await tree.line('web', /^leader usr1$/)
  const [member = 0] = await tree.pids('web', 1)
  // The member is told by hand: had it got the first one, it would now say so twice.
  process.kill(member, 'SIGHUP')
  await tree.line('web', /^member hup$/)
  expect(tree.said('web')).not.toContain('member usr1')
  expect(tree.of('signal.sent').map(({ data }) => data)).toEqual([
    { signal: 'SIGUSR1', to: 'process', stage: 'operator', pid: tree.child('web').view.pid },
  ])
})

test('0 only probes: it is not recorded, and tells whether there is a process', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  expect(await tree.child('web').signal(0)).toBe(false)
  await tree.supervisor.start()
  expect(await tree.child('web').signal(0)).toBe(true)
  await tree.child('web').stop()
  expect(await tree.child('web').signal(0)).toBe(false)
  expect(await tree.child('web').signal('SIGHUP')).toBe(false)
  expect(tree.of('signal.sent').map(({ data }) => data.stage)).toEqual(['stop'])
})

test.each(['SIGNOPE', 'TERM', 'sigterm', '', 15, -1, Number.NaN, -0.5, '__proto__', null])(
  'signal(%j) is refused and nothing is sent',
  async (signal) => {
    const tree = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
    await tree.supervisor.start()
    // What JavaScript lets through where TypeScript would not.
    const send = (value: never): Promise<boolean> => tree.child('web').signal(value)
    expect(await rejection(send(signal as never))).toMatchObject({ code: 'ERR_BAD_SIGNAL', child: 'web' })
    expect(tree.child('web').view.state).toBe('running')
    expect(tree.of('signal.sent')).toEqual([])
  },
)

test('a signal of the caller that ends the process is an exit nobody asked for', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady, restart: 'temporary' }] })
  await tree.supervisor.start()
  await tree.child('web').signal('SIGQUIT')
  await tree.event('child.stopped', 'web')
  expect(tree.child('web').view).toMatchObject({
    outcome: 'failed',
    lastExit: { signal: 'SIGQUIT', status: 131, expected: false, cause: 'crash' },
  })
})

test('a reload sends the reload signal to the process alone and leaves its life as it is', async () => {
  const tree = supervise({ children: [{ id: 'web', ...hears, ...whenReady, reloadSignal: 'SIGHUP' }] })
  await tree.supervisor.start()
  const { pid } = tree.child('web').view
  expect(await tree.child('web').reload()).toMatchObject({ state: 'running', incarnation: 1, pid })
  await tree.line('web', /^leader hup$/)
  const [member = 0] = await tree.pids('web', 1)
  process.kill(member, 'SIGUSR1')
  await tree.line('web', /^member usr1$/)
  expect(tree.said('web')).not.toContain('member hup')
  expect(tree.of('signal.sent').map(({ data: { signal, to, stage } }) => [signal, to, stage])).toEqual([
    ['SIGHUP', 'process', 'reload'],
  ])
})

test("a reload with 'none' does nothing, and without a signal it is a restart", async () => {
  const tree = supervise({
    children: [
      { id: 'none', ...zoo('sleeps'), ...whenReady, reloadSignal: 'none' },
      { id: 'restart', ...zoo('graceful', 4), ...whenReady },
    ],
  })
  await tree.supervisor.start()
  const { pid } = tree.child('none').view
  expect(await tree.child('none').reload()).toMatchObject({ pid, incarnation: 1 })
  expect(await tree.child('restart').reload()).toMatchObject({ state: 'running', incarnation: 2 })
  expect(tree.of('process.exited').map(({ child, data }) => [child, data.code, data.expected, data.cause])).toEqual([
    ['restart', 4, true, 'reload'],
  ])
  expect(isAlive(pid ?? 0)).toBe(true)
  await tree.child('none').stop()
  expect(await rejection(tree.child('none').reload())).toMatchObject({ code: 'ERR_CHILD_NOT_RUNNING' })
})
