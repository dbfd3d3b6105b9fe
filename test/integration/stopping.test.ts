import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive, stateOf } from './support/processes.ts'
import { scratchFile } from './support/scratch.ts'
import { rejection, supervise, type Observed } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const signals = ({ of }: Observed, id: string) =>
  of('signal.sent', id).map(({ data: { signal, to, stage } }) => `${signal} ${to} ${stage}`)

test('a child that honours the stop signal ends by itself, and nothing is escalated', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('graceful', 3), ...whenReady }] })
  await tree.supervisor.start()
  const { pid } = tree.child('web').view
  const { children, survivors } = await tree.child('web').stop({ reason: 'enough' })
  expect(survivors).toEqual([])
  expect(children).toEqual([
    {
      id: 'web',
      stream: '/web',
      outcome: 'stopped',
      escalated: false,
      durationMs: expect.any(Number),
      exit: expect.objectContaining({ code: 3, expected: true, cause: 'operator' }),
    },
  ])
  expect(tree.said('web')).toEqual(['ready', 'bye'])
  expect(signals(tree, 'web')).toEqual(['SIGTERM group stop'])
  expect(tree.of('stop.requested', 'web')[0]?.data).toMatchObject({
    reason: 'enough',
    splayMs: 0,
    now: false,
    killTimeoutMs: 5_000,
  })
  expect(isAlive(pid ?? 0)).toBe(false)
  expect(tree.child('web').view).toMatchObject({ state: 'stopped', outcome: 'stopped', desired: 'down' })
})

test('a child that ignores the stop signal is killed at the end of its grace', async () => {
  const tree = supervise({
    children: [{ id: 'web', ...zoo('ignores-term'), ...whenReady, stop: { killTimeoutMs: 120 } }],
  })
  await tree.supervisor.start()
  const { children } = await tree.child('web').stop()
  expect(children[0]).toMatchObject({
    outcome: 'stopped',
    escalated: true,
    exit: { signal: 'SIGKILL', status: 137, expected: true },
  })
  expect(signals(tree, 'web')).toEqual(['SIGTERM group stop', 'SIGKILL group kill'])
  expect(tree.of('killTimeout.elapsed')).toHaveLength(1)
})

test('another stop signal is sent where another is asked for', async () => {
  const tree = supervise({
    children: [
      {
        id: 'web',
        ...sh("trap 'exit 9' INT; trap '' TERM; echo ready; while :; do sleep 0.05; done"),
        ...whenReady,
        stop: { signal: 'SIGINT' },
      },
    ],
  })
  await tree.supervisor.start()
  const { children } = await tree.child('web').stop()
  expect(children[0]).toMatchObject({ escalated: false, exit: { code: 9, expected: true } })
  expect(signals(tree, 'web')).toEqual(['SIGINT group stop'])
})

test('a child that is stopped by SIGSTOP is woken for its SIGTERM', async () => {
  const tree = supervise({
    children: [{ id: 'web', ...zoo('stays-stopped'), ...whenReady, stop: { killTimeoutMs: Infinity } }],
  })
  await tree.supervisor.start()
  const pid = tree.child('web').view.pid ?? 0
  await until('it is stopped', () => stateOf(pid) === 'T')
  const { children } = await tree.child('web').stop()
  expect(children[0]).toMatchObject({ escalated: false, exit: { signal: 'SIGTERM' } })
  expect(signals(tree, 'web')).toEqual(['SIGTERM group stop'])
})

test('negative control: SIGINT alone leaves a stopped child stopped, until it is killed', async () => {
  const tree = supervise({
    children: [{ id: 'web', ...zoo('stays-stopped'), ...whenReady, stop: { signal: 'SIGINT', killTimeoutMs: 200 } }],
  })
  await tree.supervisor.start()
  await until('it is stopped', () => stateOf(tree.child('web').view.pid ?? 0) === 'T')
  const { children } = await tree.child('web').stop()
  expect(children[0]).toMatchObject({ escalated: true, exit: { signal: 'SIGKILL' } })
})

test('without any grace, SIGKILL follows the stop signal', async () => {
  const tree = supervise({
    children: [{ id: 'web', ...zoo('ignores-term'), ...whenReady, stop: { killTimeoutMs: 0 } }],
  })
  await tree.supervisor.start()
  const { children } = await tree.child('web').stop()
  expect(children[0]).toMatchObject({ outcome: 'stopped', escalated: true, exit: { signal: 'SIGKILL' } })
  expect(signals(tree, 'web')).toEqual(['SIGTERM group stop', 'SIGKILL group kill'])
})

test('with an infinite grace a child is never killed for being slow, but `now` still ends it', async () => {
  const tree = supervise({
    children: [{ id: 'web', ...zoo('ignores-term'), ...whenReady, stop: { killTimeoutMs: Infinity } }],
  })
  await tree.supervisor.start()
  const patient = tree.child('web').stop()
  await tree.event('signal.sent', 'web')
  expect(tree.of('stop.requested')[0]?.data.killTimeoutMs).toBeNull()
  expect(tree.child('web').view).toMatchObject({ state: 'stopping', substate: 'terminating' })
  const escalated = await tree.child('web').stop({ now: true })
  expect(await patient).toEqual(escalated)
  expect(escalated.children[0]).toMatchObject({ escalated: true, exit: { signal: 'SIGKILL' } })
  expect(tree.of('child.stopped')).toHaveLength(1)
})

test('the splay is waited for before the signal, and drawn within its bound', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady, stop: { splayMs: 90 } }] })
  await tree.supervisor.start()
  const substates: unknown[] = []
  tree.child('web').state$.subscribe(({ substate }) => substates.push(substate))
  await tree.child('web').stop()
  const drawn = tree.of('stop.requested')[0]?.data.splayMs ?? -1
  expect(drawn).toBeGreaterThanOrEqual(0)
  expect(drawn).toBeLessThanOrEqual(90)
  const types = tree.events.filter(({ child }) => child === 'web').map(({ type }) => type)
  expect(types.indexOf('splay.elapsed')).toBeLessThan(types.indexOf('signal.sent'))
})

test('a stop that is still in its splay sends nothing but SIGKILL when it becomes `now`', async () => {
  const tree = supervise({
    children: [{ id: 'web', ...zoo('graceful'), ...whenReady, stop: { splayMs: 100_000_000 } }],
  })
  await tree.supervisor.start()
  const stopped = tree.child('web').stop()
  expect(tree.child('web').view).toMatchObject({ state: 'stopping', substate: 'splaying' })
  tree.child('web').kill()
  await stopped
  expect(signals(tree, 'web')).toEqual(['SIGKILL group kill'])
  expect(tree.said('web')).toEqual(['ready'])
})

test('`now` and kill() send one SIGKILL to the whole group and no stop signal', async () => {
  const tree = supervise({
    children: [
      { id: 'a', ...zoo('forks-tree'), ...whenReady },
      { id: 'b', ...zoo('graceful'), ...whenReady },
    ],
  })
  await tree.supervisor.start()
  const family = [tree.child('a').view.pid ?? 0, ...(await tree.pids('a', 3))]
  expect(family.map(isAlive)).toEqual([true, true, true, true])
  const { children } = await tree.child('a').stop({ now: true })
  expect(family.map(isAlive)).toEqual([false, false, false, false])
  expect(children[0]).toMatchObject({
    escalated: true,
    outcome: 'stopped',
    exit: { signal: 'SIGKILL', expected: true },
  })
  // Once: those whom the leader's exit has overtaken are dying, though not dead yet.
  expect(signals(tree, 'a')).toEqual(['SIGKILL group kill'])

  tree.child('b').kill()
  expect(tree.child('b').view.desired).toBe('down')
  await tree.event('child.stopped', 'b')
  expect(signals(tree, 'b')).toEqual(['SIGKILL group kill'])
  expect(tree.said('b')).toEqual(['ready'])
})

/** Exits on SIGTERM at once; what it leaves in its group ends only when its work, which takes a while, is done. */
const shell = (grandchild: string) =>
  `trap 'exit 5' TERM; sh -c '${grandchild}' "$1" & echo "pid $!"; while :; do wait; done`
const finishesWork = shell(`trap "sleep 0.1; echo done >$1; exit" TERM; echo ready; while :; do sleep 0.02; done`)

test('a grandchild that needs the grace gets it, although its leader exits at once', async () => {
  const file = scratchFile()
  const tree = supervise({ children: [{ id: 'npx', ...sh(finishesWork.replaceAll('$1', file)), ...whenReady }] })
  await tree.supervisor.start()
  const [grandchild = 0] = await tree.pids('npx', 1)
  let workDone = false
  let aliveAtExit = false
  tree.at('process.exited', () => (aliveAtExit = isAlive(grandchild)))
  tree.at('child.stopped', () => (workDone = existsSync(file) && !isAlive(grandchild)))
  const { children } = await tree.child('npx').stop()
  expect(children[0]).toMatchObject({ escalated: false, exit: { code: 5 } })
  expect({ aliveAtExit, workDone }).toEqual({ aliveAtExit: true, workDone: true })
  expect(readFileSync(file, 'utf8')).toBe('done\n')
})

test('negative control: without a grace the grandchild does not finish its work', async () => {
  const file = scratchFile()
  const tree = supervise({
    children: [{ id: 'npx', ...sh(finishesWork.replaceAll('$1', file)), ...whenReady, stop: { killTimeoutMs: 0 } }],
  })
  await tree.supervisor.start()
  await tree.child('npx').stop()
  expect(existsSync(file)).toBe(false)
})

test('a grandchild that ignores the stop signal is killed at the end of the grace that its leader did not need', async () => {
  const tree = supervise({
    children: [
      {
        id: 'npx',
        ...sh(shell('trap "" TERM; echo ready; exec sleep 300')),
        ...whenReady,
        stop: { killTimeoutMs: 150 },
      },
    ],
  })
  await tree.supervisor.start()
  const [grandchild = 0] = await tree.pids('npx', 1)
  const alive: boolean[] = []
  tree.at('process.exited', () => alive.push(isAlive(grandchild)))
  tree.at('child.stopped', () => alive.push(isAlive(grandchild)))
  const { children } = await tree.child('npx').stop()
  expect(alive).toEqual([true, false])
  expect(children[0]).toMatchObject({ outcome: 'stopped', escalated: true, exit: { code: 5 } })
  expect(signals(tree, 'npx')).toEqual(['SIGTERM group stop', 'SIGKILL group remnants'])
})

test('after an exit that nobody asked for, what is left of the group is killed at once, before the next life', async () => {
  const tree = supervise({
    children: [
      {
        id: 'npx',
        ...sh(shell('trap "" TERM; echo ready; exec sleep 300')),
        ...whenReady,
        stop: { killTimeoutMs: 60_000 },
        restart: { type: 'permanent', backoff: { minMs: 0 } },
      },
    ],
  })
  await tree.supervisor.start()
  const [grandchild = 0] = await tree.pids('npx', 1)
  let alive: boolean | undefined
  tree.at('process.spawned', () => (alive = isAlive(grandchild)))
  process.kill(tree.child('npx').view.pid ?? 0, 'SIGKILL')
  await tree.event('child.ready', 'npx', 2)
  expect(alive).toBe(false)
  expect(signals(tree, 'npx')).toEqual(['SIGKILL group remnants'])
})

test('a tree of processes is gone, each of it, when its child is stopped', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('forks-tree'), ...whenReady }] })
  await tree.supervisor.start()
  const family = [tree.child('web').view.pid ?? 0, ...(await tree.pids('web', 3))]
  let alive: readonly boolean[] = []
  tree.at('child.stopped', () => (alive = family.map(isAlive)))
  expect(family.map(isAlive)).toEqual([true, true, true, true])
  await tree.child('web').stop()
  expect(alive).toEqual([false, false, false, false])
})

test('what left its group for a session of its own is found, killed and gone when its child is stopped', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('daemonises'), ...whenReady }] })
  await tree.supervisor.start()
  const [escapee = 0] = await tree.pids('web', 1)
  const alive: boolean[] = []
  tree.at('process.exited', () => alive.push(isAlive(escapee)))
  tree.at('child.stopped', () => alive.push(isAlive(escapee)))
  const { survivors } = await tree.child('web').stop()
  expect(survivors).toEqual([])
  // The group signal did not reach it: what ended it is the sweep.
  expect(alive).toEqual([true, false])
  expect(tree.of('signal.sent', 'web').map(({ data: { signal, to, pid } }) => [signal, to, pid])).toEqual([
    ['SIGTERM', 'group', tree.of('process.spawned')[0]?.data.pid],
    ['SIGKILL', 'escapee', escapee],
  ])
})

test('an escapee of a crashed life is killed under the number of that life, while the next one runs', async () => {
  const tree = supervise({
    children: [
      { id: 'web', ...zoo('daemonises'), ...whenReady, restart: { type: 'permanent', backoff: { minMs: 0 } } },
    ],
  })
  await tree.supervisor.start()
  const [escapee = 0] = await tree.pids('web', 1)
  process.kill(tree.child('web').view.pid ?? 0, 'SIGKILL')
  const swept = await tree.event('signal.sent', 'web')
  expect(swept).toMatchObject({
    incarnation: 1,
    data: { signal: 'SIGKILL', to: 'escapee', stage: 'sweep', pid: escapee },
  })
  await tree.event('child.ready', 'web', 2)
  await until('the escapee is dead', () => !isAlive(escapee))
  expect((await tree.pids('web', 2)).map(isAlive)).toEqual([false, true])
})

test('a second stop joins the first, and a stop of what is at rest tells the last report again', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('graceful'), ...whenReady }] })
  await tree.supervisor.start()
  const reports = await Promise.all(Array.from({ length: 50 }, () => tree.child('web').stop()))
  expect(new Set(reports.map((report) => JSON.stringify(report)))).toHaveProperty('size', 1)
  expect(await tree.child('web').stop()).toEqual(reports[0])
  expect(tree.of('stop.requested')).toHaveLength(1)
  expect(signals(tree, 'web')).toEqual(['SIGTERM group stop'])
})

test('a stop cuts a start short: its promise rejects, and nothing is spawned afterwards', async () => {
  const tree = supervise({})
  await tree.supervisor.start()
  const child = tree.supervisor.add({ id: 'web', ...zoo('sleeps'), ready: 'manual' }, { start: false })
  const started = rejection(child.start())
  await tree.event('process.spawned', 'web')
  const { children } = await child.stop()
  expect(await started).toMatchObject({ code: 'ERR_ABORTED', child: 'web' })
  expect(children[0]).toMatchObject({ outcome: 'stopped', exit: { signal: 'SIGTERM', expected: true } })
  expect(tree.of('process.spawned')).toHaveLength(1)
})

test.each([
  ['stop', 'SIGTERM', false],
  ['kill', 'SIGKILL', true],
] as const)('a %s while the spawn is under way sends one %s, to the process on record', async (_, signal, now) => {
  for (let microtasks = 0; microtasks < 6; microtasks++) {
    const tree = supervise({})
    await tree.supervisor.start()
    const child = tree.supervisor.add({ id: 'web', ...zoo('sleeps') })
    for (let n = 0; n < microtasks; n++) await Promise.resolve()
    const { survivors } = await child.stop({ now })
    expect(survivors).toEqual([])
    const pids = tree.of('process.spawned').map(({ data }) => data.pid)
    expect(tree.of('signal.sent').map(({ data }) => [data.signal, data.pid])).toEqual(pids.map((pid) => [signal, pid]))
  }
})

test('a child that is stopped while its supervisor starts no longer counts for that start', async () => {
  const tree = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ready: 'manual' }] })
  const started = tree.supervisor.start()
  await tree.event('process.spawned', 'web')
  await tree.child('web').stop()
  await started
  expect(tree.supervisor.view.state).toBe('running')
})

test('an abort of a start before it is ready stops the child, and after it does nothing', async () => {
  const tree = supervise({})
  await tree.supervisor.start()
  const abort = new AbortController()
  const slow = tree.supervisor.add({ id: 'slow', ...zoo('sleeps'), ready: 'manual' }, { start: false })
  const quick = tree.supervisor.add({ id: 'quick', ...zoo('sleeps'), ...whenReady }, { start: false })
  await quick.start(abort)
  const started = rejection(slow.start(abort))
  await tree.event('process.spawned', 'slow')
  abort.abort()
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
  expect(slow.view).toMatchObject({
    state: 'stopped',
    outcome: 'aborted',
    lastExit: { expected: true, cause: 'abort' },
  })
  expect(quick.view.state).toBe('running')
})
