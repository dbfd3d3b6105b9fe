import { expect, test } from 'vitest'
import type { Cookie } from '../../../src/os/cookie.ts'
import { findCarriers, foundLife, leaderOf } from '../../../src/os/find-lives.ts'
import { createProcessScan } from '../../../src/os/process-scan.ts'
import type { FoundLife } from '../../../src/ports.ts'
import { stageKernel } from './staged-kernel.ts'

const web = 'dead:tree:survivor:/web:7'

function find(kernel: ReturnType<typeof stageKernel>, isWanted = ({ hostId }: Cookie) => hostId === 'dead') {
  return new Promise<readonly FoundLife[]>((resolve) => {
    findCarriers(kernel, createProcessScan(kernel), isWanted, (found) =>
      resolve(found.map((life) => foundLife(life, 'boot'))),
    )
  })
}

const name = (pid: number, startTicks: number) => ({ pid, startTicks, bootId: 'boot' })

test('what carries a wanted cookie is found, by life, oldest first; the dead, strangers and the caller are not', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 300, startTicks: 700, cookie: 'dead:tree:attached:/api:1' })
  kernel.put({ pid: 102, pgrp: 100, session: 100, startTicks: 620, cookie: web })
  kernel.put({ pid: 100, startTicks: 600, cookie: web })
  kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 610, cookie: web, dead: true })
  kernel.put({ pid: 200, cookie: 'other:tree:survivor:/web:7' })
  kernel.put({ pid: 201, cookie: { kind: 'forbidden' } })
  kernel.put({ pid: 202, cookie: 'no cookie of ours' })
  kernel.put({ pid: process.pid, cookie: web })
  expect(await find(kernel)).toEqual([
    {
      life: { stream: '/web', incarnation: 7 },
      treeId: 'tree',
      lifetime: 'survivor',
      members: [name(100, 600), name(102, 620)],
      leader: name(100, 600),
    },
    {
      life: { stream: '/api', incarnation: 1 },
      treeId: 'tree',
      lifetime: 'attached',
      members: [name(300, 700)],
      leader: name(300, 700),
    },
  ])
  expect(kernel.signals).toEqual([])
})

test('the leader of a session is the leader of a life only if nobody of it is older', () => {
  const row = { dead: false, pgrp: 100, session: 100 }
  const orphan = { ...row, pid: 101, startTicks: 610 }
  const escapee = { dead: false, pid: 105, pgrp: 105, session: 105, startTicks: 620 }
  expect(leaderOf([{ ...row, pid: 100, startTicks: 600 }, orphan, escapee])).toMatchObject({ pid: 100 })
  expect(leaderOf([orphan, escapee])).toBeUndefined()
  expect(leaderOf([{ ...escapee, pid: 99, pgrp: 100, session: 100 }, escapee])).toMatchObject({ pid: 105 })
  expect(leaderOf([])).toBeUndefined()
})

test('a number that changed hands while it was looked into is nobody of the life', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 100, startTicks: 600, cookie: web })
  const { cookie } = kernel
  kernel.cookie = (pid, done) =>
    cookie(pid, (look) => {
      kernel.put({ pid: 100, startTicks: 800, cookie: { kind: 'none' } })
      done(look)
    })
  expect(await find(kernel)).toEqual([])
})

test('who vanished unread may have forked: the walk is repeated', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 100, startTicks: 600, cookie: { kind: 'vanished' } })
  const { cookie } = kernel
  kernel.cookie = (pid, done) => {
    if (pid !== 100) return cookie(pid, done)
    kernel.processes.delete(100)
    kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 610, cookie: web })
    setImmediate(done, { kind: 'vanished' })
  }
  expect(await find(kernel)).toMatchObject([{ leader: null, members: [{ pid: 101 }] }])
})

test('a thread of the kernel, which has no environment, has nobody wait for it', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 100, startTicks: 600, cookie: web })
  kernel.put({ pid: 10, kernelThread: true, cookie: { kind: 'vanished' } })
  expect(await find(kernel)).toHaveLength(1)
  expect(kernel.reads).toMatchObject({ lists: 2, environs: 1 })
})

test.each([
  ['has called setsid', 100],
  ['has not yet called setsid', 99],
])('a child between fork and exec that %s is waited for: it carries the cookie afterwards', async (_, session) => {
  const kernel = stageKernel()
  kernel.uptimeTicks = () => 650
  const born = { pid: 100, startTicks: 600 }
  kernel.put({ ...born, pgrp: session, session, forked: true, cookie: { kind: 'none' } })
  const { pids } = kernel
  let walks = 0
  kernel.pids = () => {
    if (++walks === 3) kernel.put({ ...born, cookie: web })
    return pids()
  }
  expect(await find(kernel)).toMatchObject([{ leader: born, members: [born] }])
})

test('negative control: whoever has called exec, or has not for long, is not waited for', async () => {
  const kernel = stageKernel()
  kernel.uptimeTicks = () => 650
  kernel.put({ pid: 100, startTicks: 600, cookie: { kind: 'none' } })
  kernel.put({ pid: 101, startTicks: 500, forked: true, cookie: { kind: 'none' } })
  const { lists } = kernel.reads
  expect(await find(kernel)).toEqual([])
  // One walk: a listing, and another that shows nothing new.
  expect(kernel.reads.lists - lists).toBeLessThanOrEqual(2)
})
