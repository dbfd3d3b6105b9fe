import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createReaper, type OrphanNews } from '../../../src/actors/reaper.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { hostWithKnownLives } from '../../../src/os/orphans/host-with-known-lives.ts'
import { createKnownLives } from '../../../src/os/orphans/known-lives.ts'
import { lifeInCookie } from '../../../src/os/orphans/life-in-cookie.ts'
import { type Libc, loadLibc } from '../../../src/os/orphans/libc.ts'
import { createOrphanReaper } from '../../../src/os/orphans/orphan-reaper.ts'
import { watchOwnedChildren } from '../../../src/os/orphans/owned-children.ts'
import { readWaitStatus } from '../../../src/os/orphans/wait-status.ts'
import type { FoundLife, LifeObservation, ProcessHost, SpawnRequest } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import { manualTurns } from '../streams/manual-turns.ts'
import { cookie, life } from './orphans-staged-scan.ts'

test('every code and every signal is read as the kernel wrote it, with a core dump or without', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), (code) => {
      expect(readWaitStatus(code << 8)).toEqual({ code, signal: null, status: code })
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.boolean(), (number, dumped) => {
      const { code, signal, status } = readWaitStatus(number | (dumped ? 0x80 : 0))
      expect([code, status]).toEqual([null, 128 + number])
      if (signal !== null) expect(constants.signals[signal]).toBe(number)
      else expect(Object.values(constants.signals)).not.toContain(number)
    }),
  )
  // Of two names it is Node's own.
  expect([6, 29].map((number) => readWaitStatus(number).signal)).toEqual(['SIGABRT', 'SIGIO'])
})

const failing = (code: string) => () => {
  throw Object.assign(new Error('no'), { code })
}

test('whatever keeps koffi from being loaded is told in words, and how to get it', () => {
  const missing = {
    loaded: false,
    reason:
      'The optional package koffi is not installed, and Node has no waitpid of its own: `npm install koffi@^3.3.4`.',
  }
  expect(loadLibc(createRequire('/nowhere/at-all.js'))).toEqual(missing)
  expect(loadLibc(failing('ERR_MODULE_NOT_FOUND'))).toEqual(missing)
  expect(loadLibc(failing('ERR_DLOPEN_DISABLED'))).toMatchObject({ reason: expect.stringContaining('--allow-addons') })
  expect(loadLibc(failing('ERR_ACCESS_DENIED'))).toMatchObject({ reason: expect.stringContaining('permission model') })
  expect(loadLibc(() => ({}))).toMatchObject({ reason: expect.stringContaining('cannot be loaded: TypeError') })
})

test('only the number of one process reaches waitpid: not any child, no group, no fraction', () => {
  const waited: unknown[] = []
  const loaded = loadLibc(() => ({
    load: () => ({
      func: () => (pid: number) => {
        waited.push(pid)
        return pid
      },
    }),
  }))
  if (!loaded.loaded) expect.unreachable(loaded.reason)
  for (const pid of [-1, 0, -0, -100, 1.5, Number.NaN, Infinity]) expect(loaded.libc.reap(pid)).toBe('absent')
  expect(waited).toEqual([])
  expect(loaded.libc.reap(100)).toEqual({ raw: 0 })
  expect(waited).toEqual([100])
})

const { clock } = manualTurns()
const options = { kernel: realKernel(), hostId: 'host', publish: () => {} }

test('a kernel that refuses is told, and nothing was changed', () => {
  const libc: Libc = { adoptOrphans: () => false, reap: () => 'absent' }
  const reaper = createOrphanReaper({ ...options, loadLibc: () => ({ loaded: true, libc }) })
  const listeners = process.listenerCount('SIGCHLD')
  // Where the platform itself lacks something, that comes first.
  const reason = process.platform === 'linux' ? /PR_SET_CHILD_SUBREAPER/ : /Only Linux/
  expect(reaper.enable()).toEqual({ enabled: false, reason: expect.stringMatching(reason) })
  expect(process.listenerCount('SIGCHLD')).toBe(listeners)
})

test('another platform is told that only Linux can, and koffi is not even looked for', () => {
  const real = Object.getOwnPropertyDescriptor(process, 'platform') ?? {}
  onTestFinished(() => void Object.defineProperty(process, 'platform', real))
  Object.defineProperty(process, 'platform', { ...real, value: 'darwin' })
  const reaper = createOrphanReaper({ ...options, loadLibc: () => expect.unreachable() })
  expect(reaper.enable()).toEqual({
    enabled: false,
    reason: 'Only Linux can make a process adopt orphans, and this is darwin.',
  })
})

test('without a readable /proc there is nothing to see orphans by', () => {
  const reaper = createOrphanReaper({ ...options, kernel: { ...realKernel(), bootId: null } })
  const reason = process.platform === 'linux' ? '`/proc` cannot be read.' : expect.any(String)
  expect(reaper.enable()).toEqual({ enabled: false, reason })
})

test('a child of node:child_process is owned from its spawn to its exit, whoever started it', async () => {
  const owned = watchOwnedChildren()
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  const missing = spawn('/nowhere/at-all')
  const failed = once(missing, 'error')
  const pid = child.pid ?? -1
  expect(owned.has(pid)).toBe(true)
  await once(child, 'exit')
  expect(owned.has(pid)).toBe(false)
  owned.forgetEnded()
  expect(owned.has(pid)).toBe(false)
  await failed
})

test('a cookie tells the life, if it is one of this host', () => {
  expect(lifeInCookie({ kind: 'cookie', text: cookie('/a') }, 'host')).toEqual(life('/a'))
  expect(lifeInCookie({ kind: 'cookie', text: cookie('/a', 'other') }, 'host')).toBeUndefined()
  expect(lifeInCookie({ kind: 'cookie', text: 'rubbish' }, 'host')).toBeUndefined()
  expect(lifeInCookie({ kind: 'empty' }, 'host')).toBeUndefined()
})

test('a host enters its lives as they are spawned, before anybody else is told, and their exits', () => {
  const lives = createKnownLives()
  const observers: Array<(observation: LifeObservation) => void> = []
  const tell = (observation: LifeObservation) => observers.at(-1)?.(observation)
  const session = {
    spawn(_request: SpawnRequest, observe: (observation: LifeObservation) => void) {
      observers.push(observe)
      return { signal: () => {}, survivors: () => {} }
    },
    adopt: () => ({ signal: () => {}, survivors: () => {} }),
    close: () => {},
  }
  const support = { tether: true, sweep: true }
  const silent = { findLives: () => {}, look: () => 'gone' as const }
  const host: ProcessHost = { hostId: 'host', bootId: 'boot', pid: 1, support, open: () => session, ...silent }
  const known = hostWithKnownLives(host, lives)
  expect(known).toMatchObject({ hostId: 'host', bootId: 'boot', pid: 1, support })

  const seen: unknown[] = []
  const opened = known.open({ treeId: 'tree', report: () => {} })
  const request = { life: { stream: '/web', incarnation: 1 } } as SpawnRequest
  opened.spawn(request, ({ kind }) => seen.push(kind, lives.isLeader(100), lives.inSession(100)))
  tell({ kind: 'spawned', pid: 100, identity: null, spawnMs: 1 })
  tell({ kind: 'exited', code: 0, signal: null })
  tell({ kind: 'gone' })
  expect(seen).toEqual(['spawned', true, life('/web'), 'exited', false, life('/web'), 'gone', false, life('/web')])

  // Of a life that is not observed any more the leader is no longer known to run.
  opened.spawn(request, () => {})
  tell({ kind: 'spawned', pid: 101, identity: null, spawnMs: 1 })
  opened.close()
  expect(lives.isLeader(101)).toBe(false)
})

test('what another host has left behind is asked for and adopted through it, and is no leader that Node waits for', async () => {
  const world = createWorld()
  world.program('web', {})
  const streams = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const
  const rest = { args: [], env: {}, envMode: 'merge', shell: false, drainMs: 0 } as const
  const left = { life: { stream: '/web', incarnation: 1 }, lifetime: 'survivor', killTimeoutMs: 0 } as const
  const { host: dead } = world.ports
  dead.open({ treeId: 'tree', report: () => {} }).spawn({ ...left, ...streams, ...rest, command: 'web' }, () => {})
  world.crash()

  const lives = createKnownLives()
  const known = hostWithKnownLives(world.ports.host, lives)
  const found: FoundLife[] = []
  known.findLives({ hostId: dead.hostId }, (some) => found.push(...some))
  await world.advance(0)
  const identity = found[0]?.leader ?? null
  expect(found).toMatchObject([{ life: left.life, leader: { pid: 1_000 } }])
  expect(identity && known.look(identity)).toBe('alive')
  const seen: string[] = []
  const session = known.open({ treeId: 'tree', report: () => {} })
  const owner = { hostId: dead.hostId, treeId: 'tree' }
  const adopted = session.adopt({ ...left, owner, identity }, ({ kind }) => seen.push(kind))
  expect(lives.isLeader(1_000)).toBe(false)
  adopted.signal('SIGKILL', 'group', () => {})
  await world.advance(0)
  expect(seen).toEqual(['exited', 'drained', 'gone', 'swept'])
})

const exit = { at: 5, pid: 10, identity: null, code: 3, signal: null, status: 3 }

test('the reaper publishes orphans among the exits, with whose they were where that is known', () => {
  const opened: OrphanNews[] = []
  const reaper = createReaper(clock, {}, (news) => {
    opened.push(news)
    return { enable: () => ({ enabled: true }) }
  })
  const seen: unknown[] = []
  reaper.exits$.subscribe((reaped) => seen.push(reaped))
  expect(opened).toHaveLength(0)
  expect([reaper.enableOrphans(), reaper.enableOrphans()]).toEqual([{ enabled: true }, { enabled: true }])
  expect(opened).toHaveLength(1)
  opened[0]?.reaped(exit)
  reaper.publish({ ...exit, origin: { kind: 'process' } })
  opened[0]?.reaped({ ...exit, attributedTo: life('/web') })
  expect(seen).toEqual([
    { ...exit, seq: 1, origin: { kind: 'orphan' } },
    { ...exit, seq: 2, origin: { kind: 'process' } },
    { ...exit, seq: 3, origin: { kind: 'orphan', attributedTo: life('/web') } },
  ])
})

test('a reaper without a source of orphans says so', () => {
  expect(createReaper(clock).enableOrphans()).toEqual({
    enabled: false,
    reason: 'This reaper was made without a source of orphans.',
  })
})
