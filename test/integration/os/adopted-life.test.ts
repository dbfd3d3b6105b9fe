import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import type { GuardEntry } from '../../../src/os/guard.ts'
import { createHost } from '../../../src/os/host.ts'
import { identify } from '../../../src/os/identity.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import type { AdoptRequest, HostReport, Lifetime, LifeObservation } from '../../../src/ports.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { guardsOf, isAlive } from '../support/processes.ts'
import { allDead, runHost } from '../support/run-host.ts'
import { until } from '../support/until.ts'
import { zoo } from '../support/zoo.ts'

expectNoLeaks()

interface Left {
  readonly request: AdoptRequest
  readonly pid: number
  /** All that came of it, itself included. */
  readonly pids: readonly number[]
}

let lives = 0

/** A life as a dead host would have left it: in a group of its own, with that host's cookie. */
async function leave(program: string, lifetime: Lifetime): Promise<Left> {
  const owner = { hostId: 'a host that is dead'.replaceAll(' ', '-'), treeId: 'tree' }
  const life = { stream: '/left', incarnation: ++lives }
  const { command, args } = zoo(program)
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, BROOD_COOKIE: `${owner.hostId}:${owner.treeId}:${lifetime}:/left:${life.incarnation}` },
  })
  const pids: number[] = [child.pid ?? -1]
  const exit = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') break
    pids.push(Number(line.replace('pid ', '')))
  }
  const identity = identify(realKernel(), child.pid ?? -1)
  onTestFinished(async () => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await exit
    await allDead(pids)
  })
  return { request: { life, owner, lifetime, identity, killTimeoutMs: 100 }, pid: child.pid ?? -1, pids }
}

function stage(holds: (entry: GuardEntry) => void = () => {}) {
  const log: unknown[] = []
  const reports: HostReport[] = []
  const host = createHost({
    random: systemRandom,
    kernel: realKernel(),
    createGuard: () => ({
      add(entry) {
        holds(entry)
        log.push(entry)
      },
      remove: (pgid, startTicks) => log.push({ pgid, startTicks }),
      close: () => log.push('close'),
    }),
  })
  return { host, log, reports, session: host.open({ treeId: 'tree', report: (report) => reports.push(report) }) }
}

const ended = (seen: readonly LifeObservation[]): boolean => seen.some(({ kind }) => kind === 'swept')
const cookieOf = ({ owner, lifetime, life }: AdoptRequest): string =>
  `${owner.hostId}:${owner.treeId}:${lifetime}:${life.stream}:${life.incarnation}`

test('an adopted tethered life is entered with the guard under the cookie it has, and taken out when it is swept', async () => {
  for (const isRecorded of [true, false]) {
    const { session, log } = stage()
    const { request, pid } = await leave('sleeps', 'tethered')
    const seen: LifeObservation[] = []
    const life = session.adopt({ ...request, ...(!isRecorded && { identity: null }) }, (each) => seen.push(each))
    await until('it is known', () => log.length > 0)
    const startTicks = request.identity?.startTicks
    expect(log).toEqual([{ pgid: pid, startTicks, graceMs: 100, cookie: cookieOf(request) }])
    life.signal('SIGKILL', 'group', () => {})
    await until('it is swept', () => ended(seen))
    session.close()
    expect(log.slice(1)).toEqual([{ pgid: pid, startTicks }, 'close'])
  }
})

test('a guard that cannot take it is told, and the life is adopted all the same', async () => {
  const { session, reports } = stage(() => {
    throw new Error('no more of them')
  })
  const { request } = await leave('sleeps', 'tethered')
  const seen: LifeObservation[] = []
  const life = session.adopt(request, (each) => seen.push(each))
  expect(reports).toMatchObject([{ subject: 'guard', message: expect.stringContaining('no more of them') }])
  life.signal('SIGKILL', 'group', () => {})
  await until('it is swept', () => ended(seen))
  session.close()
})

test.each([
  ['attached', 1],
  ['survivor', 0],
] as const)('an adopted %s needs no guard, and %d exit listener', async (lifetime, listeners) => {
  const { session, log } = stage()
  const before = process.listenerCount('exit')
  const { request } = await leave('sleeps', lifetime)
  const seen: LifeObservation[] = []
  const life = session.adopt(request, (each) => seen.push(each))
  expect(process.listenerCount('exit')).toBe(before + listeners)
  life.signal('SIGKILL', 'group', () => {})
  await until('it is swept', () => ended(seen))
  expect(process.listenerCount('exit')).toBe(before)
  session.close()
  expect(log).toEqual([])
})

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

test('a closed session observes no adopted life any more, leaves the process alone, and keeps no timer', async () => {
  const { session } = stage()
  const { request, pid } = await leave('sleeps', 'attached')
  const before = timers()
  const listeners = process.listenerCount('exit')
  const seen: LifeObservation[] = []
  session.adopt(request, (each) => seen.push(each))
  expect(timers()).toBe(before + 1)
  session.close()
  expect(timers()).toBe(before)
  expect(process.listenerCount('exit')).toBe(listeners)
  expect(isAlive(pid)).toBe(true)
  process.kill(pid, 'SIGKILL')
  // Another session sees it end: the first had the time it needed.
  const other: LifeObservation[] = []
  const next = stage().session
  next.adopt(request, (each) => other.push(each))
  await until('it is swept', () => ended(other))
  next.close()
  expect(seen).toEqual([])
  session.adopt(request, (each) => seen.push(each))
  expect(seen).toEqual([])
})

test('a host that exits takes what it adopted with it, but for survivors', async () => {
  const [attached, tethered, survivor] = [
    await leave('forks-tree', 'attached'),
    await leave('sleeps', 'tethered'),
    await leave('sleeps', 'survivor'),
  ]
  const requests = [attached, tethered, survivor].map(({ request }) => request)
  const host = runHost('adopts', { requests, exits: true })
  await host.exited
  await allDead([...attached.pids, ...tethered.pids])
  expect(isAlive(survivor.pid)).toBe(true)
})

test('what is tethered is gone when the host that adopted it is killed -9, and so is what has left its group', async () => {
  const tethered = [await leave('ignores-term', 'tethered'), await leave('daemonises', 'tethered')]
  const others = [await leave('sleeps', 'attached'), await leave('daemonises', 'survivor')]
  const host = runHost('adopts', { requests: [...tethered, ...others].map(({ request }) => request) })
  const { hostId } = await host.hears('adopted')
  expect(guardsOf(String(hostId))).toHaveLength(1)
  await host.killed()
  await allDead(tethered.flatMap(({ pids }) => pids))
  await until('the guard has ended', () => guardsOf(String(hostId)).length === 0)
  // Negative control: nobody else.
  const left = others.flatMap(({ pids }) => pids)
  expect(left.filter(isAlive)).toEqual(left)
})
