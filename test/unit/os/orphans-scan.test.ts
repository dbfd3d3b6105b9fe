import { expect, test } from 'vitest'
import type { CookieLook } from '../../../src/os/environ.ts'
import { cookie, life, stageScan } from './orphans-staged-scan.ts'

test('a zombie in the session of a life is reaped at once, by its own number', async () => {
  const { kernel, lives, reaped, waits, signalled } = stageScan()
  lives.spawned(100, life('/web'))
  kernel.put({ pid: 3, dead: true, session: 100, pgrp: 150, startTicks: 9 })
  await signalled()
  expect(waits).toEqual([3])
  const identity = { pid: 3, startTicks: 9, bootId: 'boot' }
  expect(reaped).toEqual([{ at: 1000, pid: 3, identity, code: 3, signal: null, status: 3, attributedTo: life('/web') }])
})

test('libuv’s children are never waited for, dead or alive', async () => {
  const { kernel, lives, owned, waits, signalled, pass } = stageScan()
  owned.add(3)
  owned.add(4)
  lives.spawned(4, life('/web'))
  lives.exited(4)
  lives.spawned(5, life('/api'))
  kernel.put({ pid: 3, dead: true })
  kernel.put({ pid: 4, dead: true })
  // A leader, though nobody announced it.
  kernel.put({ pid: 5, dead: true })
  await signalled()
  await pass(1_000)
  await pass(1_000)
  expect(waits).toEqual([])
})

test('control: without that knowledge the same zombies are taken', async () => {
  const { kernel, lives, waits, signalled, pass } = stageScan()
  lives.spawned(4, life('/web'))
  lives.exited(4)
  kernel.put({ pid: 3, dead: true })
  kernel.put({ pid: 4, dead: true })
  await signalled()
  expect(waits).toEqual([4])
  await pass(1_000)
  expect(waits).toEqual([4, 3])
})

test('a zombie of nobody’s is reaped only when a look after the grace still finds it', async () => {
  const { kernel, reaped, waits, signalled, pass } = stageScan()
  kernel.put({ pid: 3, dead: true })
  await signalled()
  await pass(999)
  expect(waits).toEqual([])
  await pass(1)
  expect(reaped).toMatchObject([{ pid: 3, code: 3 }])
  expect(reaped[0]).not.toHaveProperty('attributedTo')
})

test('one whose owner has waited for it meanwhile is neither waited for nor published', async () => {
  const { kernel, reaped, waits, signalled, pass } = stageScan()
  kernel.put({ pid: 3, dead: true })
  await signalled()
  kernel.processes.delete(3)
  await pass(1_000)
  expect([waits, reaped]).toEqual([[], []])
})

test('the grace begins anew for another process with the same number', async () => {
  const { kernel, waits, signalled, pass } = stageScan()
  kernel.put({ pid: 3, dead: true, startTicks: 1 })
  await signalled()
  kernel.put({ pid: 3, dead: true, startTicks: 2 })
  await pass(1_000)
  expect(waits).toEqual([])
  await pass(1_000)
  expect(waits).toEqual([3])
})

test('an orphan that was seen alive is known by its cookie, and told before its end', async () => {
  const { kernel, adopted, reaped, signalled, end } = stageScan()
  kernel.put({ pid: 3, cookie: cookie('/web') })
  await signalled()
  expect(adopted).toMatchObject([{ pid: 3, attributedTo: life('/web') }])
  end(3)
  await signalled()
  expect(reaped).toMatchObject([{ pid: 3, attributedTo: life('/web') }])
  expect(adopted).toHaveLength(1)
})

test('the cookie of another host is none of ours', async () => {
  const { kernel, adopted, waits, signalled, end } = stageScan()
  kernel.put({ pid: 3, cookie: cookie('/web', 'other') })
  await signalled()
  end(3)
  await signalled()
  expect([adopted, waits]).toEqual([[], []])
})

test('one that ends while its cookie is being read is reaped as soon as it is known', async () => {
  const { kernel, reaped, settle, end, signalled } = stageScan()
  const readings: Array<(look: CookieLook) => void> = []
  kernel.cookie = (_pid, done) => void readings.push(done)
  kernel.put({ pid: 3 })
  await signalled()
  end(3)
  await signalled()
  expect(reaped).toEqual([])
  for (const done of readings) done({ kind: 'cookie', text: cookie('/web') })
  await settle()
  expect(reaped).toMatchObject([{ pid: 3, attributedTo: life('/web') }])
})

test('an environment that is empty in the middle of an exec is read again, and not for ever', async () => {
  const { kernel, adopted, signalled, pass } = stageScan()
  kernel.put({ pid: 3, cookie: { kind: 'empty' } })
  await signalled()
  kernel.put({ pid: 3, cookie: cookie('/web') })
  await pass(1_000)
  expect(adopted).toHaveLength(1)
  kernel.put({ pid: 4, cookie: { kind: 'empty' } })
  for (let signal = 0; signal < 10; signal++) await signalled()
  expect(kernel.reads.environs).toBe(2 + 3)
})

test('what a daemon leaves in its own session is of its life, also when it founded that after it was adopted', async () => {
  const { kernel, lives, reaped, signalled, end } = stageScan()
  lives.spawned(100, life('/web'))
  // Adopted between its fork and its setsid.
  kernel.put({ pid: 3, session: 100, pgrp: 100 })
  await signalled()
  kernel.put({ pid: 3, session: 3, pgrp: 3 })
  end(3)
  kernel.put({ pid: 4, session: 3, pgrp: 3, dead: true })
  await signalled()
  expect(reaped).toMatchObject([
    { pid: 3, attributedTo: life('/web') },
    { pid: 4, attributedTo: life('/web') },
  ])
})

test('a session that is over is forgotten: its number is free for strangers', async () => {
  const { kernel, lives, waits, signalled } = stageScan()
  lives.spawned(100, life('/web'))
  await signalled()
  expect(lives.inSession(100)).toEqual(life('/web'))
  lives.exited(100)
  await signalled()
  expect(lives.inSession(100)).toBeUndefined()
  kernel.put({ pid: 3, session: 100, dead: true })
  await signalled()
  expect(waits).toEqual([])
})

test('a session is remembered as long as one process is in it, though its first group is gone', async () => {
  const { kernel, lives, signalled } = stageScan()
  lives.spawned(100, life('/web'))
  kernel.put({ pid: 3, session: 100, pgrp: 150 })
  lives.exited(100)
  await signalled()
  expect(lives.inSession(100)).toEqual(life('/web'))
})

test('the host’s own session and those of other namespaces are nobody’s, whatever cookie is in them', async () => {
  const { kernel, lives, signalled } = stageScan()
  kernel.put({ pid: 3, session: 7, cookie: cookie('/web') })
  kernel.put({ pid: 4, session: 0, cookie: cookie('/web') })
  await signalled()
  expect([7, 0].map((session) => lives.inSession(session))).toEqual([undefined, undefined])
})

test('who was a child before orphans were adopted is left its grace, whosever it is', async () => {
  const { kernel, lives, adopted, reaped, waits, scan, settle, pass, end } = stageScan()
  lives.spawned(100, life('/web'))
  kernel.put({ pid: 3, session: 100 })
  kernel.put({ pid: 4, cookie: cookie('/api') })
  scan.begin()
  await settle()
  end(3)
  end(4)
  scan.signalled()
  await settle()
  expect([adopted, waits]).toEqual([[], []])
  await pass(1_000)
  expect(reaped).toMatchObject([
    { pid: 3, attributedTo: life('/web') },
    { pid: 4, attributedTo: life('/api') },
  ])
})

test('children that cannot be read just now are looked for later, and nobody is forgotten', async () => {
  const { kernel, lives, reaped, waits, scan, state, settle, signalled, pass } = stageScan()
  lives.spawned(100, life('/web'))
  kernel.put({ pid: 3, session: 100, dead: true })
  scan.begin()
  await settle()
  state.unreadable = true
  await signalled()
  await pass(500)
  state.unreadable = false
  await pass(500)
  expect(waits).toEqual([3])
  expect(reaped).toMatchObject([{ pid: 3 }])
})

test('signals of one turn are one look, each is followed by one more, and then there is rest', async () => {
  const { kernel, scan, settle, pass, waiting } = stageScan()
  kernel.put({ pid: 3, cookie: { kind: 'none' } })
  for (let signal = 0; signal < 100; signal++) scan.signalled()
  await settle()
  expect(kernel.reads.stats).toBe(1)
  // What a thread has left behind as it ended: no signal tells of it.
  await pass(1_000)
  expect(kernel.reads.stats).toBe(2)
  await pass(1_000)
  await pass(1_000)
  expect(waiting()).toBe(0)
  expect(kernel.reads.stats).toBeLessThanOrEqual(3)
})

test('a living orphan of a known life costs a wait, and no look into /proc', async () => {
  const { kernel, waits, signalled } = stageScan()
  kernel.put({ pid: 3, cookie: cookie('/web') })
  await signalled()
  const { stats } = kernel.reads
  await signalled()
  await signalled()
  expect(kernel.reads.stats).toBe(stats)
  expect(waits).toEqual([3, 3])
})
