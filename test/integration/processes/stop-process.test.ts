import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { realKernel } from '../../../src/os/kernel.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive, stateOf } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { until } from '../support/until.ts'
import { aliveOf, identified, numberIn, processes, startForeign, startScript } from './support.ts'

const { identify, stopProcess, watchProcess } = processes

expectNoLeaks()

test('a root that is not our child is dead when its stop says so, though it ignores SIGTERM', async () => {
  const daemon = await startForeign('trap "" TERM; while :; do sleep 0.05; done')
  const report = await stopProcess(daemon, { killTimeoutMs: 200 })
  expect(report).toMatchObject({ children: [{ outcome: 'stopped', escalated: true }], survivors: [] })
  expect(isAlive(daemon.pid)).toBe(false)
})

test('a stop that takes the signal for the death leaves it alive (negative control)', async () => {
  const daemon = await startForeign('trap "" TERM; while :; do sleep 0.05; done')
  expect(realKernel().kill(daemon.pid, 'SIGTERM')).toBe('delivered')
  expect(isAlive(daemon.pid)).toBe(true)
  await stopProcess(daemon, { killTimeoutMs: 0 })
})

test('descendants get their chance to finish before anybody is killed', async () => {
  const file = scratchFile()
  const polite = `trap 'sleep 0.2; echo bye >> ${file}; exit 0' TERM; echo pid $$; while :; do sleep 0.02; done`
  const { root } = await startScript(
    `export polite="${polite.replaceAll('$$', '\\$\\$')}"; sh -c "$polite" & eval "$polite"`,
    2,
  )
  const report = await stopProcess(root, { killTimeoutMs: 30_000 })
  expect(report.children[0]).toMatchObject({ outcome: 'stopped', escalated: false })
  expect(readFileSync(file, 'utf8')).toBe('bye\nbye\n')
})

test('a child that is born during the grace is stopped as well', async () => {
  const file = scratchFile()
  const born = `sh -c "trap \\"\\" TERM; echo \\$\\$ > ${file}; exec sleep 300"`
  const script = `trap '${born} & while :; do wait; sleep 0.02; done' TERM; echo pid $$; while :; do sleep 0.02; done`
  const { root } = await startScript(script, 1)
  const stopping = stopProcess(root, { killTimeoutMs: 1_000 })
  const child = await identified(await numberIn(file))
  expect(await stopping).toMatchObject({ children: [{ outcome: 'stopped', escalated: true }], survivors: [] })
  expect(isAlive(child.pid)).toBe(false)
})

test.each([
  ['nobody', ''],
  ['somebody', 'sh -c "trap \\"\\" TERM; exec sleep 300" &'],
])('so is one that its parent leaves with its last breath, with %s else left of the session', async (_, other) => {
  const file = scratchFile()
  const born = `sh -c "trap \\"\\" TERM; echo \\$\\$ > ${file}; exec sleep 300"`
  const script = `trap '${born} & exit 0' TERM; ${other} echo pid $$; while :; do sleep 0.02; done`
  const { root } = await startScript(script, 1)
  const tree = await processes.processTree(root)
  const stopping = stopProcess(root, { killTimeoutMs: 1_000 })
  const orphan = await identified(await numberIn(file))
  expect(await stopping).toMatchObject({ children: [{ outcome: 'stopped', escalated: true }], survivors: [] })
  expect(aliveOf([...tree.map(({ pid }) => pid), orphan.pid])).toEqual([])
})

test('a snapshot that was taken before the grace does not have that child (negative control)', async () => {
  const file = scratchFile()
  const script = `trap 'sleep 300 & echo $! > ${file}; while :; do wait; sleep 0.02; done' TERM; echo pid $$; while :; do sleep 0.02; done`
  const { root } = await startScript(script, 1)
  const before = await processes.processTree(root)
  process.kill(root.pid, 'SIGTERM')
  const born = await numberIn(file)
  expect(before.map(({ pid }) => pid)).not.toContain(born)
  await stopProcess(root, { killTimeoutMs: 0 })
  expect(isAlive(born)).toBe(false)
})

test('a process that is halted acts on its stop', async () => {
  const { root } = await startScript("trap 'exit 0' TERM; echo pid $$; while :; do sleep 0.02; done", 1)
  process.kill(root.pid, 'SIGSTOP')
  await until('it is halted', () => stateOf(root.pid) === 'T')
  const report = await stopProcess(root, { killTimeoutMs: 60_000 })
  expect(report.children[0]).toMatchObject({ outcome: 'stopped', escalated: false })
})

test('two stops of the same process at the same time both end well', async () => {
  const { root, pids } = await startScript('trap "" TERM; echo pid $$; sleep 300 & echo pid $!; wait; wait', 2)
  const stops = await Promise.all([1, 2].map(() => stopProcess(root, { killTimeoutMs: 100 })))
  for (const stop of stops) expect(stop).toMatchObject({ children: [{ outcome: 'stopped' }], survivors: [] })
  expect(aliveOf(pids)).toEqual([])
})

test('a process that is gone is not found, and one with another start is not it', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  const other = { ...root, startTicks: root.startTicks + 1 }
  await expect(stopProcess(other)).rejects.toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
  expect(isAlive(root.pid)).toBe(true)
  await stopProcess(root)
  await until('it is reaped', () => stateOf(root.pid) === '')
  await expect(stopProcess(root)).rejects.toMatchObject({ code: 'ERR_PROCESS_NOT_FOUND' })
})

test('a watch catches the end of a child and of a stranger', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  const daemon = await startForeign('exec sleep 300')
  const watched = [root, daemon].map((identity) => watchProcess(identity, { pollMs: 10 }))
  const waiting = watched.map((watch) => watch.wait())
  for (const watch of watched) watch.kill()
  await Promise.all(waiting)
  expect(aliveOf([root.pid, daemon.pid])).toEqual([])
})

test('a wait that is cancelled leaves the process as it is', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  const watch = watchProcess(root, { pollMs: 10 })
  const other = watch.wait()
  await expect(watch.wait({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    code: 'ERR_ABORTED',
    cause: { name: 'TimeoutError' },
  })
  expect(await watch.signal(0)).toBe(true)
  expect(await watch.signal('SIGTERM')).toBe(true)
  await other
  expect(await identify(root.pid)).toBeUndefined()
})
