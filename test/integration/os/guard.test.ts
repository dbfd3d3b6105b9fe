import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readStat } from '../../../src/os/process-table.ts'
import type { Family } from '../../fixtures/guard/programs.ts'
import type { Host } from '../../fixtures/guard/start-host.ts'
import { guardsOf, isAlive, isThere, patience, startHost } from '../../fixtures/guard/start-host.ts'

const everything: readonly Family[] = [
  { program: 'obedient' },
  { program: 'deaf' },
  { program: 'stopped' },
  { program: 'headless' },
  { program: 'cleared' },
  { program: 'escapee' },
  { program: 'disguised' },
  // Spawned, but the host died before it could enter it.
  { program: 'deaf', entered: false },
]

const livesOf = (host: Host) => [...host.leaders, ...host.members]
const alive = (host: Host) => livesOf(host).filter(isAlive)

/** A death by SIGKILL takes its time, too. */
const isGone = async (host: Host) => expect.poll(() => alive(host), patience).toEqual([])

/** The guard does all it ever does before it ends. */
const guardIsDone = async (host: Host) => expect.poll(() => guardsOf(host.hostId), patience).toEqual([])

/** What the programs do after they said their pid. */
const settled = async (host: Host, family: readonly Family[]) => {
  const headless = family.findIndex(({ program }) => program === 'headless')
  const stopped = family.findIndex(({ program }) => program === 'stopped')
  const { leaders } = host
  const headlessLeader = leaders[headless]
  const stoppedLeader = leaders[stopped]
  if (headlessLeader) await expect.poll(() => isAlive(headlessLeader), patience).toBe(false)
  if (stoppedLeader) {
    await expect.poll(() => readFileSync(`/proc/${stoppedLeader.pid}/stat`, 'latin1'), patience).toContain(') T ')
  }
}

test('everything of a host that is killed -9 is gone: groups, the deaf, the stopped, the headless, escapees', async () => {
  await using host = await startHost({ family: everything })
  await settled(host, everything)
  expect(host.members.every(isAlive)).toBe(true)
  await host.killed()
  await guardIsDone(host)
  await isGone(host)
})

test('without a guard all of them survive it (negative control)', async () => {
  await using host = await startHost({ guarded: false, family: everything })
  await settled(host, everything)
  await host.killed()
  expect(host.members.every(isAlive)).toBe(true)
})

test.each(['SIGABRT', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a host that dies of %s is a dead host too',
  async (signal) => {
    await using host = await startHost({ family: [{ program: 'deaf' }] })
    await host.killed(signal)
    await guardIsDone(host)
    expect(alive(host)).toEqual([])
  },
)

test('the guard keeps no host alive: one with nothing left to do ends, and its children with it', async () => {
  await using host = await startHost({ family: [{ program: 'obedient' }] })
  await host.tell('end')
  expect(await host.exited()).toEqual([0, null])
  await guardIsDone(host)
  await isGone(host)
})

test('a group whose leader has other start ticks is a stranger and gets no signal', async () => {
  const stranger: Family = { program: 'obedient', cookie: null }
  await using host = await startHost({ family: [{ ...stranger, ticksOff: 1 }, stranger] })
  await host.killed()
  await guardIsDone(host)
  // The second is the negative control: with the right ticks the same group is ended.
  await expect.poll(() => host.leaders.map(isAlive), patience).toEqual([true, false])
})

test('a group without a leader gets no signal unless a member carries the cookie of its life', async () => {
  const family: readonly Family[] = [
    { program: 'headless', cookie: 'other:tree:tethered:/a:1' },
    { program: 'headless' },
  ]
  await using host = await startHost({ family })
  // Reaped, too: a zombie of the leader, whom init may leave for seconds, would prove the group.
  await expect.poll(() => host.leaders.some(isThere), patience).toBe(false)
  await host.killed()
  await guardIsDone(host)
  await expect.poll(() => host.members.map(isAlive), patience).toEqual([true, false])
})

test('only tethered cookies of this host are swept', async () => {
  const hostId = 'feedfacefeedface'
  const family = [
    `${hostId}:tree:attached:/a:1`,
    'cafecafecafecafe:tree:tethered:/a:1',
    `${hostId}0:tree:tethered:/a:1`,
    null,
    `${hostId}:tree:tethered:/a:1`,
  ].map((cookie): Family => ({ program: 'obedient', entered: false, cookie }))
  await using host = await startHost({ hostId, family })
  await host.killed()
  await guardIsDone(host)
  await expect.poll(() => host.leaders.map(isAlive), patience).toEqual([true, true, true, true, false])
})

test('a clean close signals nobody, and neither does the death of the host after it', async () => {
  await using host = await startHost({ family: [{ program: 'obedient' }, { program: 'escapee' }] })
  await host.tell('close')
  await guardIsDone(host)
  await host.killed()
  expect(alive(host)).toEqual(livesOf(host))
})

test('a group that was taken out is left alone', async () => {
  await using host = await startHost({ family: [{ program: 'obedient', cookie: null }] })
  await host.tell('forget')
  await host.killed()
  await guardIsDone(host)
  expect(alive(host)).toEqual(livesOf(host))
})

test('a guard that is killed -9 is replaced, told of, and the next one knows all groups', async () => {
  // Without cookies: only what was entered can be found.
  await using host = await startHost({
    family: [
      { program: 'deaf', cookie: null },
      { program: 'obedient', cookie: null },
    ],
  })
  const [first] = guardsOf(host.hostId)
  // The host writes to a dead guard before it can know: EPIPE must not reach it.
  await host.tell(`strike ${first?.pid}`)
  await expect
    .poll(() => host.reports, patience)
    .toEqual([expect.stringContaining('The guard ended (SIGKILL) while 2')])
  const [second] = guardsOf(host.hostId)
  expect(second?.pid).not.toBe(first?.pid)
  await host.killed()
  await guardIsDone(host)
  await isGone(host)
})

test('a guard that keeps ending is started ever more slowly, and the host lives on', async () => {
  await using host = await startHost({ shell: '/bin/false', family: [{ program: 'obedient' }] })
  await expect.poll(() => host.reports.length, patience).toBeGreaterThanOrEqual(4)
  expect(host.reports.slice(0, 4)).toEqual([
    expect.stringMatching(/\(code 1\).* Another one was started/),
    expect.stringContaining('in 100 ms'),
    expect.stringContaining('in 200 ms'),
    expect.stringContaining('in 400 ms'),
  ])
  await host.tell('end')
  expect(await host.exited()).toEqual([0, null])
})

test('a shell that does not exist is told, not thrown', async () => {
  await using host = await startHost({ shell: '/nowhere/sh', family: [{ program: 'obedient' }] })
  await expect.poll(() => host.reports, patience).toContainEqual(expect.stringContaining('ENOENT'))
})

test('the guard holds nothing of its host but the pipe: descriptors, session, directory, cookie', async () => {
  await using host = await startHost({ family: [{ program: 'obedient' }] })
  const [guard] = guardsOf(host.hostId)
  if (guard === undefined) throw new Error('There is no guard.')
  const descriptor = (name: string) => readlinkSync(`/proc/${guard.pid}/fd/${name}`)
  expect(readdirSync(`/proc/${host.pid}/fd`)).toContain('3')
  // What this test itself was born with passes through every process: Node closes inherited descriptors up to 15 only.
  const ancestral = new Set(readdirSync('/proc/self/fd').filter((name) => Number(name) > 15))
  expect(readdirSync(`/proc/${guard.pid}/fd`).filter((name) => !ancestral.has(name))).toEqual(['0', '1', '2'])
  expect(descriptor('0')).toMatch(/^socket:/)
  expect([descriptor('1'), descriptor('2')]).toEqual(['/dev/null', '/dev/null'])
  expect(readlinkSync(`/proc/${guard.pid}/cwd`)).toBe('/')
  expect(readStat(guard.pid)?.session).toBe(guard.pid)
  expect(readFileSync(`/proc/${guard.pid}/environ`, 'latin1')).not.toContain('BROOD_COOKIE')
})

test('the guard outlives what a terminal or a careless operator sends it', async () => {
  await using host = await startHost({ family: [{ program: 'deaf' }] })
  const [guard] = guardsOf(host.hostId)
  if (guard === undefined) throw new Error('There is no guard.')
  // Mask of ignored signals, bit n-1 for signal n; proc(5). Read, because a signal that does nothing cannot be awaited.
  const ignored = () => BigInt(`0x${/SigIgn:\s*(\w+)/.exec(readFileSync(`/proc/${guard.pid}/status`, 'latin1'))?.[1]}`)
  const expected = [1, 2, 3, 15].reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n)
  await expect.poll(() => ignored() & expected, patience).toBe(expected)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(guard.pid, signal)
  await host.killed()
  await guardIsDone(host)
  await isGone(host)
})
