import { expect, test } from 'vitest'
import { createProcessScan } from '../../../src/os/process-scan.ts'
import { createSweep } from '../../../src/os/sweep.ts'
import type { StagedKernel } from './staged-kernel.ts'
import { stageKernel } from './staged-kernel.ts'

const cookieOf = (n: number) => `host:tree:attached:/web:${n}`

function stage(isLeader: (pid: number) => boolean = () => false) {
  const kernel = stageKernel()
  const sweep = createSweep(kernel, createProcessScan(kernel), isLeader)
  const found: string[] = []
  const wait = (n: number, startTicks = 500) =>
    new Promise<void>((resolve) => {
      const escapee = ({ pid }: { pid: number }, delivered: boolean) => found.push(`${n}: ${pid} ${delivered}`)
      sweep.add({ cookie: cookieOf(n), startTicks, escapee, swept: resolve })
    })
  return { kernel, sweep, wait, found }
}

/** Reaps what was killed only when it is read again, so that a pass sees it once more as alive. */
function dieLate(kernel: StagedKernel, pid: number, passes: number): void {
  const { kill } = kernel
  kernel.kill = (target, signal) => {
    const alive = kernel.processes.get(pid)
    const result = kill(target, signal)
    if (alive !== undefined && target === pid) kernel.processes.set(pid, alive)
    return result
  }
  const { pids } = kernel
  let lists = passes * 2
  kernel.pids = () => {
    if (--lists === 0) kernel.processes.delete(pid)
    return pids()
  }
}

test('a process with the cookie is killed, and the life is swept when a pass finds it no more', async () => {
  const { kernel, wait, found } = stage()
  kernel.put({ pid: 201, cookie: cookieOf(1) })
  await wait(1)
  expect(kernel.signals).toEqual(['201 SIGKILL'])
  expect(found).toEqual(['1: 201 true'])
})

test('who dies slowly is killed and reported once, and the life is not swept before', async () => {
  const { kernel, wait, found } = stage()
  kernel.put({ pid: 201, cookie: cookieOf(1) })
  dieLate(kernel, 201, 3)
  await wait(1)
  expect(kernel.processes.has(201)).toBe(false)
  expect(kernel.signals).toEqual(['201 SIGKILL'])
  expect(found).toEqual(['1: 201 true'])
})

test('the cookie of another life, another host, and a part of ours are let alone', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 201, cookie: cookieOf(2) })
  kernel.put({ pid: 202, cookie: 'other:tree:attached:/web:1' })
  kernel.put({ pid: 203, cookie: cookieOf(11) })
  await wait(1)
  expect(kernel.signals).toEqual([])
})

test('the number of an escapee may be given away before it is killed: then nobody is', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 201, cookie: cookieOf(1) })
  const { cookie } = kernel
  kernel.cookie = (pid, done) =>
    cookie(pid, (look) => {
      kernel.put({ pid: 201, startTicks: 999 })
      done(look)
    })
  await wait(1)
  expect(kernel.signals).toEqual([])
})

test('a burst of exits shares its passes, and each process is read once a pass', async () => {
  const { kernel, wait } = stage()
  for (let pid = 2001; pid <= 2100; pid++) kernel.put({ pid })
  await Promise.all(Array.from({ length: 500 }, (_, i) => wait(i + 1)))
  expect(kernel.reads.lists).toBeLessThanOrEqual(2 * 2)
  expect(kernel.reads.environs).toBeLessThanOrEqual(2 * 100)
})

test('what is older than the oldest life, what is dead and what this host holds is not looked into', async () => {
  const { kernel, wait } = stage((pid) => pid === 203)
  kernel.put({ pid: 201, startTicks: 499, cookie: cookieOf(1) })
  kernel.put({ pid: 202, dead: true, cookie: cookieOf(1) })
  kernel.put({ pid: 203, cookie: cookieOf(1) })
  await wait(1, 500)
  expect(kernel.reads.environs).toBe(0)
})

test('in the middle of an exec there is no environment to see: it is looked for again', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 201, cookie: { kind: 'empty' } })
  const { cookie } = kernel
  kernel.cookie = (pid, done) =>
    cookie(pid, (look) => {
      if (look.kind === 'empty') kernel.put({ pid: 201, cookie: cookieOf(1) })
      done(look)
    })
  await wait(1)
  expect(kernel.signals).toEqual(['201 SIGKILL'])
})

test('a pass in which somebody vanished unread proves nothing: its child is found by the next', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 201 })
  const { cookie } = kernel
  kernel.cookie = (pid, done) => {
    if (kernel.processes.delete(201)) kernel.put({ pid: 202, cookie: cookieOf(1) })
    cookie(pid, done)
  }
  await wait(1)
  expect(kernel.signals).toEqual(['202 SIGKILL'])
})

test('a machine on which somebody always vanishes is swept all the same', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 201, cookie: { kind: 'vanished' } })
  await wait(1)
})

test('a life that comes during a pass waits for the next one', async () => {
  const { kernel, wait, found } = stage()
  kernel.put({ pid: 201 })
  let second: Promise<void> | undefined
  const { cookie } = kernel
  kernel.cookie = (pid, done) => {
    if (second === undefined) {
      second = wait(2)
      // Behind the back of this pass, which has its list already.
      kernel.put({ pid: 202, cookie: cookieOf(2) })
    }
    cookie(pid, done)
  }
  await wait(1)
  expect(found).toEqual([])
  await second
  expect(found).toEqual(['2: 202 true'])
})

test('who gives up is told nothing', async () => {
  const { sweep, wait } = stage()
  let told = false
  const tell = () => (told = true)
  sweep.add({ cookie: cookieOf(1), startTicks: 500, escapee: tell, swept: tell })()
  await wait(2)
  expect(told).toBe(false)
})

test('two who wait for the same life are both told', async () => {
  const { kernel, wait, found } = stage()
  kernel.put({ pid: 201, cookie: cookieOf(1) })
  await Promise.all([wait(1), wait(1)])
  expect(found).toEqual(['1: 201 true', '1: 201 true'])
  expect(kernel.signals).toEqual(['201 SIGKILL'])
})
