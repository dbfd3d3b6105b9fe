import { expect, test } from 'vitest'
import type { TreeKiller } from '../../../src/os/tree-killer/tree-killer.ts'
import { follow, stageProcesses, type Followed, type StagedProcesses } from './staged-processes.ts'

const identity = { pid: 100, startTicks: 500, bootId: 'boot' }
const alone = { tree: false } as const

/** Lets virtual time pass until the promise has settled: looks into the process table take real turns in between. */
async function settle<T>({ world }: StagedProcesses, promise: Promise<T>): Promise<Followed<T>> {
  const followed = follow(promise)
  for (let step = 0; step < 10_000 && followed.state === 'pending'; step++) await world.advance(1)
  return followed
}

const row = (outcome: string, rest: object = {}) => ({ id: '100', stream: '/100', outcome, escalated: false, ...rest })

test('a process that obeys is stopped without force', async () => {
  const processes = stageProcesses()
  const { kernel, stopProcess } = processes
  kernel.put({ pid: 100 })
  const stopping = stopProcess(identity, alone)
  await processes.world.advance(1)
  expect(kernel.signals).toEqual(['100 SIGTERM', '100 SIGCONT'])
  kernel.processes.delete(100)
  const { value } = await settle(processes, stopping)
  expect(value).toMatchObject({ children: [row('stopped')], survivors: [] })
  expect(kernel.signals).toEqual(['100 SIGTERM', '100 SIGCONT'])
})

test('a process that does not is killed after the grace, and not a moment before', async () => {
  const processes = stageProcesses()
  const { kernel, stopProcess, world } = processes
  kernel.put({ pid: 100 })
  const stopping = follow(stopProcess(identity, { ...alone, killTimeoutMs: 300 }))
  await world.advance(299)
  expect(kernel.signals).not.toContain('100 SIGKILL')
  await world.advance(1)
  expect(kernel.signals.at(-1)).toBe('100 SIGKILL')
  await world.advance(1)
  expect(stopping.value).toEqual({ children: [row('stopped', { escalated: true, durationMs: 301 })], survivors: [] })
})

test('the grace is 5 s by default, none with 0, and without end with Infinity', async () => {
  for (const [killTimeoutMs, untilMs] of [
    [undefined, 5_000],
    [0, 0],
    [Infinity, undefined],
  ] as const) {
    const { kernel, stopProcess, world } = stageProcesses()
    kernel.put({ pid: 100 })
    const stopping = follow(stopProcess(identity, { ...alone, killTimeoutMs }))
    if (untilMs === undefined) {
      await world.advance(60_000)
      expect(kernel.signals).toEqual(['100 SIGTERM', '100 SIGCONT'])
      kernel.processes.clear()
    } else {
      if (untilMs > 0) await world.advance(untilMs - 1)
      expect(kernel.signals.includes('100 SIGKILL')).toBe(false)
    }
    await world.advance(200)
    expect(stopping.value?.children[0]).toMatchObject({ outcome: 'stopped', escalated: untilMs !== undefined })
  }
})

test('death is verified: what survives is in the report', async () => {
  const processes = stageProcesses()
  const { kernel, stopProcess } = processes
  kernel.put({ pid: 100 })
  // Delivered, for all the kernel says, and to no effect: uninterruptible sleep.
  kernel.kill = () => 'delivered'
  const { value } = await settle(processes, stopProcess(identity, { ...alone, killTimeoutMs: 10 }))
  expect(value).toMatchObject({ children: [row('unkillable', { escalated: true })], survivors: [identity] })
  expect(value?.children[0]?.durationMs).toBeGreaterThanOrEqual(2_010)
})

test('what may not be signalled survives, and no SIGKILL is claimed', async () => {
  const processes = stageProcesses()
  const { kernel, stopProcess } = processes
  kernel.put({ pid: 100 })
  kernel.kill = () => 'refused'
  const { value } = await settle(processes, stopProcess(identity, { ...alone, killTimeoutMs: 10 }))
  expect(value).toMatchObject({ children: [row('unkillable')], survivors: [identity] })
})

test('a number that changes hands during the grace is not signalled again', async () => {
  const processes = stageProcesses()
  const { kernel, stopProcess, world } = processes
  kernel.put({ pid: 100 })
  const stopping = stopProcess(identity, { ...alone, killTimeoutMs: 300 })
  await world.advance(100)
  kernel.put({ pid: 100, startTicks: 900 })
  const { value } = await settle(processes, stopping)
  expect(value).toMatchObject({ children: [row('stopped')] })
  expect(kernel.signals).toEqual(['100 SIGTERM', '100 SIGCONT'])
})

test('a zombie has ended already: success, and nothing is signalled', async () => {
  const { kernel, stopProcess } = stageProcesses()
  kernel.put({ pid: 100, dead: true })
  expect(await stopProcess(identity)).toEqual({ children: [row('exited', { durationMs: 0 })], survivors: [] })
  expect(kernel.signals).toEqual([])
})

test('what is known to have exited is stopped, also when its number is a stranger’s by now', async () => {
  const processes = stageProcesses({ job: { code: 3 } })
  const { kernel, runProcess, stopProcess, exits } = processes
  await settle(processes, runProcess({ command: 'job' }))
  const [exit] = await exits()
  if (exit?.identity == null) throw new Error('No exit was recorded.')
  const own = exit.identity
  const ended = { children: [{ outcome: 'exited', escalated: false }], survivors: [] }
  expect(await stopProcess(own)).toMatchObject(ended)
  kernel.put({ pid: own.pid, startTicks: own.startTicks + 1 })
  expect(await stopProcess(own)).toMatchObject(ended)
  expect(kernel.signals).toEqual([])
  // Negative control: of another process with that number nothing is known.
  const other = { ...own, startTicks: own.startTicks + 2 }
  await expect(stopProcess(other)).rejects.toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
})

test('without tree the descendants are not even looked for', async () => {
  const processes = stageProcesses()
  const { kernel, stopProcess } = processes
  kernel.put({ pid: 100 })
  await settle(processes, stopProcess(identity, { ...alone, killTimeoutMs: 0 }))
  expect(kernel.reads.lists).toBe(0)
})

test('the time for the proof begins with the last SIGKILL, however long it took to send', async () => {
  const treeKiller: TreeKiller = {
    name: 'slow',
    async kill() {
      await new Promise<void>((resolve) => void processes.world.ports.clock.arm(3_000, resolve))
      processes.world.ports.clock.arm(50, () => processes.kernel.processes.clear())
      return { kind: 'signalled', processes: [identity], refused: [] }
    },
  }
  const processes = stageProcesses({}, { treeKiller })
  processes.kernel.put({ pid: 100 })
  const { value } = await settle(processes, processes.stopProcess(identity, { killTimeoutMs: 0 }))
  expect(value).toMatchObject({ children: [row('stopped', { escalated: true })], survivors: [] })
})

test('what the tree killer will not do is told', async () => {
  const treeKiller: TreeKiller = {
    name: 'staged',
    kill: () => Promise.reject(new Error('no')),
  }
  const processes = stageProcesses({}, { treeKiller })
  processes.kernel.put({ pid: 100 })
  const { error } = await settle(processes, processes.stopProcess(identity, { killTimeoutMs: 0 }))
  expect(error).toHaveProperty('message', 'no')
})

test.each([[{ tree: 1 }], [{ killTimeoutMs: -1 }], [{ killTimeoutMs: Number.NaN }], [{ signal: 'SIGINT' }], [null]])(
  'options %j are refused, and nobody is signalled',
  async (options) => {
    const { kernel, stopProcess } = stageProcesses()
    kernel.put({ pid: 100 })
    const stopping = Reflect.apply(stopProcess, undefined, [identity, options])
    await expect(stopping).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
    expect(kernel.signals).toEqual([])
  },
)
