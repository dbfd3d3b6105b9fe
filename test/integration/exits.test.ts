import { expect, onTestFinished, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const once = { restart: 'temporary' } as const

test.each([0, 1, 2, 77, 126, 127, 128, 137, 143, 254, 255])(
  'exit code %i is recorded as it is, and is no signal',
  async (code) => {
    const { supervisor, child, event } = supervise({ children: [{ id: 'job', ...zoo('exits-fast', code), ...once }] })
    await supervisor.start()
    const { data } = await event('process.exited', 'job')
    expect(data).toMatchObject({ code, signal: null, status: code, expected: false })
    await event('child.stopped', 'job')
    expect(child('job').view).toMatchObject({
      outcome: code === 0 ? 'exited' : 'failed',
      lastExit: { code, signal: null },
    })
    expect(child('job').view).not.toHaveProperty('pid')
  },
)

test.each([
  ['HUP', 1],
  ['QUIT', 3],
  ['ABRT', 6],
  ['KILL', 9],
  ['SEGV', 11],
  ['TERM', 15],
  ['USR2', 12],
  ['ALRM', 14],
] as const)('death by SIG%s is recorded as that signal, with status 128 + %i', async (name, number) => {
  const { supervisor, child, event } = supervise({ children: [{ id: 'job', ...zoo('kills-itself', name), ...once }] })
  await supervisor.start()
  const { data } = await event('process.exited', 'job')
  expect(data).toMatchObject({
    code: null,
    signal: `SIG${name}`,
    status: 128 + number,
    expected: false,
    cause: 'crash',
  })
  await event('child.stopped', 'job')
  expect(child('job').view.outcome).toBe('failed')
})

test('a process killed from outside is told from one that was stopped', async () => {
  const { supervisor, child, event, of } = supervise({
    children: [
      { id: 'killed', ...zoo('sleeps'), ...once },
      { id: 'stopped', ...zoo('sleeps'), ...once },
    ],
  })
  await supervisor.start()
  process.kill(child('killed').view.pid ?? 0, 'SIGTERM')
  await event('child.stopped', 'killed')
  await child('stopped').stop()
  const [killed, stopped] = [of('process.exited', 'killed')[0], of('process.exited', 'stopped')[0]]
  expect(killed?.data).toMatchObject({ signal: 'SIGTERM', status: 143, expected: false, cause: 'crash' })
  expect(stopped?.data).toMatchObject({ signal: 'SIGTERM', status: 143, expected: true, cause: 'operator' })
  expect(child('killed').view.outcome).toBe('failed')
  expect(child('stopped').view.outcome).toBe('stopped')
})

test('an exit names the process that was spawned, and is told once everywhere', async () => {
  const { supervisor, child, event, of } = supervise({ children: [{ id: 'job', ...zoo('sleeps'), ...once }] })
  const exits: unknown[] = []
  supervisor.exits$.subscribe((exit) => exits.push(exit))
  await supervisor.start()
  const { incarnation } = child('job')
  process.kill(incarnation?.pid ?? 0, 'SIGINT')
  const exit = await incarnation?.exited
  const exited = await event('process.exited', 'job')
  const { pid, identity, ...facts } = exited.data
  expect({ pid, identity }).toEqual({ pid: incarnation?.pid, identity: of('process.spawned')[0]?.data.identity })
  expect(exit).toEqual({ ...facts, at: exited.at })
  expect(exits).toEqual([exited])
})

test("what sh says of a command it ran is the code of sh: 127 and 128 + n are nobody's invention", async () => {
  const { supervisor, event } = supervise({
    children: [
      { id: 'missing', ...sh('no-such-command-anywhere 2>/dev/null'), ...once },
      { id: 'killed', ...sh('sh -c "kill -9 \\$\\$"; exit $?'), ...once },
    ],
  })
  await supervisor.start()
  expect((await event('process.exited', 'missing')).data).toMatchObject({ code: 127, signal: null, status: 127 })
  expect((await event('process.exited', 'killed')).data).toMatchObject({ code: 137, signal: null, status: 137 })
})

test('exited, drained and stopped come in that order, and each means what it says', async () => {
  const { supervisor, at, event, events, said } = supervise({
    children: [
      {
        id: 'job',
        ...sh('i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo $i; done; sleep 300 >/dev/null 2>&1 & echo "pid $!"'),
        ...once,
        oneShot: false,
      },
    ],
  })
  let heard: readonly string[] = []
  let alive: readonly boolean[] = []
  at('process.drained', () => (heard = [...said('job')]))
  at(
    'child.stopped',
    () => (alive = said('job').flatMap((text) => (text.startsWith('pid ') ? [isAlive(Number(text.slice(4)))] : []))),
  )
  await supervisor.start()
  await event('child.stopped', 'job')
  const order = events
    .map(({ type }) => type)
    .filter((type) => ['process.exited', 'process.drained', 'child.stopped'].includes(type))
  expect(order).toEqual(['process.exited', 'process.drained', 'child.stopped'])
  expect(heard).toHaveLength(2001)
  expect(alive).toEqual([false])
})

test('a pipe that is still held delays the end until the cut and no further', async () => {
  const { supervisor, child, pids, event } = supervise({
    children: [
      {
        id: 'job',
        // In a session and an environment of its own: no level of containment sees it, so only the cut ends the wait.
        ...sh(`env -i PATH="$PATH" setsid sh -c 'echo "pid $$"; echo ready; exec sleep 300' & wait`),
        ...whenReady,
        ...once,
      },
    ],
  })
  await supervisor.start()
  const [holder = 0] = await pids('job', 1)
  onTestFinished(() => void process.kill(holder, 'SIGKILL'))
  process.kill(child('job').view.pid ?? 0, 'SIGKILL')
  expect((await event('process.drained', 'job')).data).toEqual({ cut: true })
  await event('child.stopped', 'job')
  expect(isAlive(holder)).toBe(true)
})
