import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { rejection, supervise, type Observed } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

/*
 * What HashiCorp's `child` package promises or means to, and some of what was seen to go wrong with it: an exit code that
 * whoever looks at the child takes away, a splay that holds up everything, a kill that returns before the death.
 */

expectNoLeaks()

/** Longer than any test: what waits for it waits for ever. */
const never = 100_000_000
const patient = { splayMs: never } as const

const signals = ({ of }: Observed, id: string) =>
  of('signal.sent', id).map(({ data: { signal, stage } }) => `${signal} ${stage}`)

test('an exit code is not used up by looking: at the view, the pid, the handle, or with a signal', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('exits-fast', 3), restart: 'temporary' }] })
  const child = tree.child('web')
  const look = async (): Promise<void> => {
    for (let n = 0; n < 3; n += 1) {
      expect(await child.signal(0)).toBe(false)
      expect(await child.signal('SIGTERM')).toBe(false)
      expect(child.view.pid).toBeUndefined()
      expect(child.view.lastExit).toMatchObject({ code: 3, signal: null })
      expect(await child.incarnation?.exited).toMatchObject({ code: 3 })
    }
  }
  await tree.supervisor.start()
  await tree.event('child.stopped', 'web')
  child.kill()
  await look()
  expect((await child.stop()).children[0]).toMatchObject({ exit: { code: 3 } })
  await look()
  // Whoever comes last reads it as well as whoever was first.
  const late: unknown[] = []
  for await (const event of tree.supervisor.read({ live: false, types: ['process.exited'] })) late.push(event)
  expect(late).toMatchObject([{ data: { code: 3, expected: false } }])
  expect(signals(tree, 'web')).toEqual([])
})

test('every one of many exit codes is right, however often the children are looked at meanwhile', async () => {
  const codes = Array.from({ length: 40 }, (_, n) => n)
  const tree = supervise({
    children: codes.map((code) => ({ id: `c${code}`, ...zoo('exits-fast', code), restart: 'temporary' as const })),
  })
  await tree.supervisor.start()
  const isOver = (): boolean => tree.of('child.stopped').length === codes.length
  while (!isOver()) {
    await Promise.all(codes.map((code) => tree.child(`c${code}`).signal(0)))
    // The answers take no turn of the event loop, in which exits come.
    await setImmediate()
  }
  expect(codes.map((code) => tree.child(`c${code}`).view.lastExit?.code)).toEqual(codes)
})

test('a kill is recorded as one and a stop as the other, and both with the exit that came of them', async () => {
  const tree = supervise({
    children: [
      { id: 'killed', ...zoo('graceful', 7), ...whenReady },
      { id: 'stopped', ...zoo('graceful', 7), ...whenReady },
      { id: 'impatient', ...zoo('graceful', 7), ...whenReady, stop: { killTimeoutMs: 0 } },
    ],
  })
  await tree.supervisor.start()
  tree.child('killed').kill()
  await tree.event('child.stopped', 'killed')
  await tree.child('stopped').stop()
  await tree.child('impatient').stop()
  const now = (id: string) => tree.of('stop.requested', id).map(({ data }) => data.now)
  expect(now('killed')).toEqual([true])
  expect(now('stopped')).toEqual([false])
  expect(signals(tree, 'killed')).toEqual(['SIGKILL kill'])
  expect(signals(tree, 'stopped')).toEqual(['SIGTERM stop'])
  expect(tree.child('killed').view).toMatchObject({ outcome: 'stopped', lastExit: { signal: 'SIGKILL', code: null } })
  expect(tree.child('stopped').view).toMatchObject({ outcome: 'stopped', lastExit: { signal: null, code: 7 } })
  // Without a grace both signals are sent; which of them it ended by is the kernel's to say, and one exit is recorded.
  expect(signals(tree, 'impatient')[0]).toBe('SIGTERM stop')
  expect(tree.of('process.exited', 'impatient')).toHaveLength(1)
})

test('a stop resolves when it is dead, not when it was told to die', async () => {
  for (const options of [{}, { now: true }]) {
    const tree = supervise({ children: [{ id: 'web', ...zoo('graceful'), ...whenReady }] })
    await tree.supervisor.start()
    const pid = tree.child('web').view.pid ?? 0
    expect(isAlive(pid)).toBe(true)
    await tree.child('web').stop(options)
    expect(isAlive(pid)).toBe(false)
  }
})

test('a splay holds up nothing: meanwhile the child can be looked at, signalled, and stopped at once', async () => {
  const hears = sh(`trap 'echo usr1' USR1; echo ready; while :; do sleep 0.02; done`)
  const tree = supervise({ children: [{ id: 'web', ...hears, ...whenReady, stop: patient }] })
  await tree.supervisor.start()
  const slow = tree.child('web').stop()
  expect(tree.child('web').view).toMatchObject({ state: 'stopping', substate: 'splaying' })
  expect(await tree.child('web').signal('SIGUSR1')).toBe(true)
  await tree.line('web', /^usr1$/)
  const quick = await tree.child('web').stop({ now: true })
  expect(await slow).toEqual(quick)
  expect(signals(tree, 'web')).toEqual(['SIGUSR1 operator', 'SIGKILL kill'])
})

test('nobody waits for the splay of what is dead already', async () => {
  const tree = supervise({
    children: [
      { id: 'dead', ...zoo('exits-fast', 1), restart: 'temporary', stop: patient },
      {
        id: 'backing',
        ...zoo('exits-fast', 1),
        restart: { type: 'permanent', backoff: { minMs: never, maxMs: never } },
        stop: patient,
      },
    ],
  })
  await tree.supervisor.start().catch(() => {})
  await tree.event('child.stopped', 'dead')
  await tree.event('restart.scheduled', 'backing')
  for (const id of ['dead', 'backing']) await tree.child(id).stop()
  expect(tree.of('splay.elapsed')).toEqual([])
})

test('a death during the splay ends the wait, with the exit as it was', async () => {
  const tree = supervise({
    children: [
      { id: 'web', ...sh(`trap 'exit 8' USR1; echo ready; while :; do sleep 0.02; done`), ...whenReady, stop: patient },
    ],
  })
  await tree.supervisor.start()
  const stopped = tree.child('web').stop()
  await tree.child('web').signal('SIGUSR1')
  expect((await stopped).children[0]).toMatchObject({ outcome: 'stopped', exit: { code: 8, expected: true } })
})

test('a reload waits out its splay, and a stop that comes first leaves nothing sent', async () => {
  const hears = sh(`trap 'echo hup' HUP; echo ready; while :; do sleep 0.02; done`)
  const tree = supervise({
    children: [
      { id: 'soon', ...hears, ...whenReady, reloadSignal: 'SIGHUP', stop: { splayMs: 50 } },
      { id: 'never', ...hears, ...whenReady, reloadSignal: 'SIGHUP', stop: patient },
    ],
  })
  await tree.supervisor.start()
  const { pid } = tree.child('soon').view
  expect(await tree.child('soon').reload()).toMatchObject({ pid, incarnation: 1 })
  await tree.line('soon', /^hup$/)
  const [first, second] = [rejection(tree.child('never').reload()), rejection(tree.child('never').reload())]
  await tree.child('never').stop({ now: true })
  expect(await first).toMatchObject({ code: 'ERR_ABORTED', child: 'never' })
  expect(await second).toMatchObject({ code: 'ERR_ABORTED', child: 'never' })
  expect(signals(tree, 'never')).toEqual(['SIGKILL kill'])
})

test('a second start is refused and no second process is there', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  await tree.supervisor.start()
  expect(await rejection(tree.child('web').start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  await tree.child('web').stop()
  expect(await rejection(tree.child('web').start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(tree.of('process.spawned')).toHaveLength(1)
})
