import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readStat } from '../../../src/os/process-table.ts'
import { parentOf } from '../../../src/os/tree-killer/parent-of.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { until } from '../support/until.ts'
import { aliveOf, identified, processes, sh, startScript, treeOfEight } from './support.ts'

const { processTree, startAndForget, stopProcess, identify } = processes

expectNoLeaks()

test('a tree is listed breadth first, whatever groups and sessions are in it', async () => {
  const { root, pids } = await startScript(treeOfEight(), 8)
  const tree = await processTree(root)
  expect(tree[0]).toEqual(root)
  expect(new Set(tree.map(({ pid }) => pid))).toEqual(new Set(pids))
  const depth = new Map([[root.pid, 0]])
  // Each generation's parents stand before it: a tree that is listed so can be listed in no other depths.
  for (const { pid } of tree.slice(1)) depth.set(pid, (depth.get(parentOf(pid) ?? -1) ?? Number.NaN) + 1)
  expect([...depth.values()]).toEqual([0, 1, 2, 2, 3, 3, 3, 3])
  await stopProcess(root)
})

test('this process is the root of its own tree', async () => {
  const self = await identify(process.pid)
  if (self === undefined) throw new Error('This process is not there.')
  const child = await startAndForget(sh('exec sleep 300'))
  const tree = await processTree(self)
  expect(tree[0]).toEqual(self)
  expect(tree).toContainEqual(child)
  await stopProcess(child)
})

async function startForgotten(script: string) {
  const file = scratchFile()
  const root = await startAndForget({ ...sh(script), stdio: { stdout: { file } } })
  const pids = await until('all are there', () => {
    const found = readFileSync(file, 'utf8').match(/\d+/g) ?? []
    return found.length === 8 && found.map(Number)
  })
  for (const pid of pids) await identified(pid)
  return { root, pids }
}

test.each([
  ['was started by Node alone', () => startScript(treeOfEight(), 8)],
  ['was forgotten by us', () => startForgotten(treeOfEight())],
  ['ignores SIGTERM', () => startScript(treeOfEight('trap "" TERM;'), 8)],
])('the whole tree of a process that %s is gone when it is stopped', async (_, start) => {
  const { root, pids } = await start()
  const report = await stopProcess(root, { killTimeoutMs: 300 })
  expect(report).toMatchObject({ children: [{ id: String(root.pid), outcome: 'stopped' }], survivors: [] })
  expect(aliveOf(pids)).toEqual([])
})

test('without tree the descendants live on', async () => {
  const { root, pids } = await startScript('sleep 300 & echo pid $!; echo pid $$; wait', 2)
  const [child = -1] = pids
  await stopProcess(root, { tree: false })
  expect([isAlive(root.pid), isAlive(child)]).toEqual([false, true])
  process.kill(child, 'SIGKILL')
})

test('a thread is no process, though it has a number, a start and takes signals', async () => {
  const threads = readdirSync('/proc/self/task').map(Number)
  const thread = threads.find((tid) => tid !== process.pid) ?? -1
  expect(await identify(thread)).toBeUndefined()
  // Negative control: by its stat file alone it is one.
  expect(readStat(thread)).toMatchObject({ pid: thread, dead: false })
})

test('this process is not stopped as part of a tree', async () => {
  const parent = await identify(process.ppid)
  if (parent === undefined) throw new Error('There is no parent.')
  await expect(stopProcess(parent)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(isAlive(process.ppid)).toBe(true)
})
