import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { identify as identityOf, isAlive } from '../../../src/os/identity.ts'
import { stageProcesses } from './staged-processes.ts'

const numbers = [
  0,
  -0,
  -1,
  -100,
  1.5,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  '',
  '100',
  ' ',
  null,
  undefined,
  {},
  [],
  [100],
  true,
  100n,
]

/** Everything that takes an identity, as a list of promises of refusals. */
function tryAll(processes: ReturnType<typeof stageProcesses>, identity: unknown): Promise<unknown>[] {
  const { findProcess, processTree, stopProcess, watchProcess } = processes
  return [
    findProcess,
    processTree,
    stopProcess,
    async (...given: unknown[]) => Reflect.apply(watchProcess, undefined, given),
  ].map((use) =>
    Promise.resolve(Reflect.apply(use, undefined, [identity])).then(
      () => 'accepted',
      (error: unknown) => error,
    ),
  )
}

test.each(numbers)('the pid %s is refused by everything that takes one, and nobody is signalled', async (pid) => {
  const processes = stageProcesses()
  const refused = { code: 'ERR_INVALID_SPEC' }
  await expect(Reflect.apply(processes.identify, undefined, [pid])).rejects.toMatchObject(refused)
  for (const outcome of tryAll(processes, { pid, startTicks: 500, bootId: 'boot' })) {
    expect(await outcome).toMatchObject(refused)
  }
  expect(processes.kernel.signals).toEqual([])
})

test.each([
  [null],
  [undefined],
  [100],
  ['100'],
  [{}],
  [{ pid: 100 }],
  [{ pid: 100, startTicks: 500 }],
  [{ pid: 100, startTicks: -1, bootId: 'boot' }],
  [{ pid: 100, startTicks: 0.5, bootId: 'boot' }],
  [{ pid: 100, startTicks: '500', bootId: 'boot' }],
  [{ pid: 100, startTicks: 500, bootId: '' }],
  [{ pid: 100, startTicks: 500, bootId: 7 }],
])('%j is no identity', async (identity) => {
  const processes = stageProcesses()
  processes.kernel.put({ pid: 100 })
  for (const outcome of tryAll(processes, identity)) expect(await outcome).toMatchObject({ code: 'ERR_INVALID_SPEC' })
  expect(processes.kernel.signals).toEqual([])
})

test('nobody but the very process is ever signalled, whatever identity is given', async () => {
  const anything = fc.oneof(fc.integer({ min: -3, max: 103 }), fc.constantFrom<unknown>(...numbers))
  await fc.assert(
    fc.asyncProperty(
      anything,
      fc.constantFrom(499, 500, 501),
      fc.constantFrom('boot', 'other'),
      async (pid, startTicks, bootId) => {
        const processes = stageProcesses()
        for (let other = 1; other <= 103; other++) processes.kernel.put({ pid: other })
        const given = { pid, startTicks, bootId }
        const watching = (async () => {
          const watched = Reflect.apply(processes.watchProcess, undefined, [given])
          await watched.signal('SIGTERM')
          watched.kill()
        })()
        const stopping = Reflect.apply(processes.stopProcess, undefined, [given, { tree: false, killTimeoutMs: 0 }])
        await Promise.allSettled([watching, processes.world.advance(10), stopping.catch(() => {})])
        const isPid = typeof pid === 'number' && Number.isInteger(pid) && pid > 1 && pid <= 103
        const isTheOne = isPid && startTicks === 500 && bootId === 'boot'
        const targets = new Set(processes.kernel.signals.map((signal) => signal.split(' ')[0]))
        expect([...targets]).toEqual(isTheOne ? [String(pid)] : [])
      },
    ),
    { numRuns: 200 },
  )
})

test('a kernel asks no questions: a bare kill reaches groups and strangers (negative control)', () => {
  const { kernel } = stageProcesses()
  kernel.put({ pid: 100, startTicks: 501 })
  kernel.put({ pid: 101, pgrp: 100 })
  kernel.kill(100, 'SIGKILL')
  kernel.kill(-100, 'SIGKILL')
  expect([...kernel.processes.values()].every(({ dead }) => dead)).toBe(true)
})

test.each([
  ['pid 1', 1],
  ['this process', process.pid],
])('%s is found and watched, and not stopped', async (_, pid) => {
  const { kernel, findProcess, stopProcess, watchProcess } = stageProcesses()
  kernel.put({ pid })
  const identity = { pid, startTicks: 500, bootId: 'boot' }
  expect(await findProcess(identity)).toEqual(identity)
  const refused = { code: 'ERR_INVALID_STATE' }
  await expect(stopProcess(identity)).rejects.toMatchObject(refused)
  await expect(stopProcess(identity, { tree: false })).rejects.toMatchObject(refused)
  const watch = watchProcess(identity)
  expect(await watch.signal(0)).toBe(true)
  await expect(watch.signal('SIGTERM')).rejects.toMatchObject(refused)
  expect(() => watch.kill()).toThrow(expect.objectContaining(refused))
  // Somebody else who had that number before is told from it first.
  const earlier = { ...identity, startTicks: 499 }
  await expect(stopProcess(earlier)).rejects.toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
  const past = watchProcess(earlier)
  expect(await past.signal('SIGTERM')).toBe(false)
  past.kill()
  expect(kernel.signals).toEqual([])
})

test('not found and mismatch are told apart', async () => {
  const { kernel, findProcess, processTree, stopProcess } = stageProcesses()
  const identity = { pid: 100, startTicks: 500, bootId: 'boot' }
  const use = [findProcess, processTree, stopProcess]
  for (const each of use) await expect(each(identity)).rejects.toMatchObject({ code: 'ERR_PROCESS_NOT_FOUND' })
  kernel.put({ pid: 100, startTicks: 501 })
  for (const each of use) await expect(each(identity)).rejects.toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
  kernel.put({ pid: 100 })
  const rebooted = { ...identity, bootId: 'another' }
  for (const each of use) await expect(each(rebooted)).rejects.toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
  expect(kernel.signals).toEqual([])
})

test('a zombie has ended: it is neither identified nor found', async () => {
  const { kernel, identify, findProcess } = stageProcesses()
  kernel.put({ pid: 100, dead: true })
  expect(await identify(100)).toBeUndefined()
  await expect(findProcess({ pid: 100, startTicks: 500, bootId: 'boot' })).rejects.toMatchObject({
    code: 'ERR_PROCESS_NOT_FOUND',
  })
})

test('an identity is read once: what a getter says later does not count', async () => {
  const { kernel, findProcess } = stageProcesses()
  kernel.put({ pid: 100 })
  let asked = 0
  const shifty = {
    startTicks: 500,
    bootId: 'boot',
    get pid() {
      return asked++ === 0 ? 100 : -1
    },
  }
  expect(await findProcess(shifty)).toEqual({ pid: 100, startTicks: 500, bootId: 'boot' })
})

test('where processes have no identity everything that needs one is unsupported, before any effect', async () => {
  const processes = stageProcesses({ daemon: {} })
  processes.kernel.bootId = null
  const unsupported = { code: 'ERR_UNSUPPORTED' }
  for (const outcome of tryAll(processes, { pid: 100, startTicks: 500, bootId: 'boot' })) {
    expect(await outcome).toMatchObject(unsupported)
  }
  await expect(processes.identify(100)).rejects.toMatchObject(unsupported)
  await expect(processes.startAndForget({ command: 'daemon' })).rejects.toMatchObject(unsupported)
  expect(processes.world.calls.spawns).toBe(0)
  expect(identityOf(processes.kernel, 100)).toBeNull()
  expect(isAlive(processes.kernel, { pid: 100, startTicks: 500 })).toBe(false)
})
