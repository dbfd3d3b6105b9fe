import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import type { Kernel } from '../../../src/os/kernel.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { listPids, readStat } from '../../../src/os/process-table.ts'
import { chooseTreeKiller } from '../../../src/os/tree-killer/choose-tree-killer.ts'
import { createProcfsTreeKiller } from '../../../src/os/tree-killer/procfs-tree-killer.ts'
import { createTreeKillAdapter } from '../../../src/os/tree-killer/tree-kill-adapter.ts'
import { describeTreeKiller, isAlive, leaf, parentAndChild, startTree } from '../../contract/tree-killer.ts'

const hasPs = spawnSync('ps', ['-o', 'pid', '--no-headers', '--ppid', String(process.pid)]).status === 0
const withPs = test.skipIf(!hasPs && process.env['REQUIRE_ALL'] !== '1')

describeTreeKiller('procfs', () => createProcfsTreeKiller())

if (hasPs) describeTreeKiller('tree-kill', () => createTreeKillAdapter())
else {
  console.warn('SKIP the contract of the tree-kill adapter: there is no `ps` that knows --ppid (Debian: procps)')
  withPs('the tree-kill adapter is tested', () => expect.unreachable('REQUIRE_ALL=1, and there is no `ps`'))
}

test('procfs is chosen where /proc can be read, the package elsewhere', () => {
  expect(chooseTreeKiller().name).toBe('procfs')
  expect(chooseTreeKiller({ ...realKernel(), bootId: null }).name).toBe('tree-kill')
})

test('procfs tells whom it signalled: parents before children', async () => {
  await using tree = await startTree(parentAndChild, 2)
  const [root] = tree.lives
  const report = await createProcfsTreeKiller().kill({ pid: root?.pid ?? 0 }, 'SIGKILL')
  const bootId = realKernel().bootId
  const processes = tree.lives.map(({ pid, startTicks }) => ({ pid, startTicks, bootId }))
  expect(report).toEqual({ kind: 'signalled', processes, refused: [] })
})

const marker = () => `BROOD_TEST_MARK=${randomUUID()}`

function markedBy(mark: string): readonly number[] {
  return listPids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark) && readStat(pid)?.dead === false
    } catch {
      return false
    }
  })
}

test('SIGKILL ends a tree that grows while it is listed, to the last process', async () => {
  const mark = marker()
  // Each generation has two children and goes on, up to 2^7 - 1 processes.
  const grow =
    'echo up; if [ "$0" -gt 0 ]; then sh -c "$1" $(($0 - 1)) "$1" & sh -c "$1" $(($0 - 1)) "$1" & fi; wait; exec sleep 600'
  const env = { PATH: process.env['PATH'], [mark.split('=')[0] ?? '']: mark.split('=')[1] }
  const root = spawn('sh', ['-c', grow, '6', grow], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env })
  const exit = once(root, 'exit')
  await once(root.stdout, 'data')
  root.stdout.resume()
  const report = await createProcfsTreeKiller().kill({ pid: root.pid ?? 0 }, 'SIGKILL')
  expect(report).toMatchObject({ kind: 'signalled', refused: [] })
  await exit
  await expect.poll(() => markedBy(mark), { timeout: 60_000 }).toEqual([])
})

test('a child that is born after the SIGSTOP was sent, from a fork that was under way, is not missed', async () => {
  const root = spawn('sh', ['-c', `read go; ${parentAndChild}`], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  const exit = once(root, 'exit')
  const pid = root.pid ?? 0
  let child = 0
  const lateStop: Kernel = {
    ...realKernel(),
    kill(target, signal) {
      if (target !== pid || signal !== 'SIGSTOP') return realKernel().kill(target, signal)
      // The child is the answer to the signal, and the signal has its effect when the child is there.
      root.stdin.write('go\n')
      createInterface({ input: root.stdout }).on('line', (line) => {
        if (!line.startsWith('1 ')) return
        child = Number(line.slice(2))
        root.kill('SIGSTOP')
      })
      return 'delivered'
    },
  }
  const report = await createProcfsTreeKiller({ kernel: lateStop, haltTimeoutMs: 60_000 }).kill({ pid }, 'SIGKILL')
  await exit
  const isChildAlive = () => child !== 0 && readStat(child)?.dead === false
  onTestFinished(() => {
    if (isChildAlive()) process.kill(child, 'SIGKILL')
  })
  expect(report).toMatchObject({ kind: 'signalled', processes: [{ pid }, { pid: child }] })
  await expect.poll(isChildAlive, { timeout: 60_000 }).toBe(false)
})

test('a process that dies between the listing and its signal, its pid given away, is not signalled', async () => {
  await using tree = await startTree(parentAndChild, 2)
  const [root, child] = tree.lives
  if (!root || !child) throw new Error('There are not two generations.')
  let childIsAnother = false
  const staged: Kernel = {
    ...realKernel(),
    stat(pid) {
      const stat = readStat(pid)
      return stat !== null && pid === child.pid && childIsAnother ? { ...stat, startTicks: stat.startTicks + 1 } : stat
    },
    kill(pid, signal) {
      // The parent comes first, and when it has its signal the child's number is somebody else's.
      childIsAnother = true
      return realKernel().kill(pid, signal)
    },
  }
  const report = await createProcfsTreeKiller({ kernel: staged }).kill(root, 'SIGTERM')
  expect(report).toMatchObject({ kind: 'signalled', processes: [{ pid: root.pid }] })
  expect(isAlive(child)).toBe(true)
})

test('what may not be signalled is told', async () => {
  await using tree = await startTree(leaf, 1)
  const [root] = tree.lives
  if (!root) throw new Error('There is no tree.')
  const forbidding: Kernel = { ...realKernel(), kill: () => 'refused' }
  const report = await createProcfsTreeKiller({ kernel: forbidding }).kill(root, 'SIGTERM')
  expect(report).toMatchObject({ kind: 'signalled', processes: [], refused: [{ pid: root.pid }] })
})

test('without /proc the procfs killer is unsupported', async () => {
  const killing = createProcfsTreeKiller({ kernel: { ...realKernel(), bootId: null } }).kill(
    { pid: 2 ** 22 },
    'SIGKILL',
  )
  await expect(killing).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
})

/** Runs a module on a PATH without any command, so that there is no `ps`. */
function runWithoutCommands(code: string) {
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: new URL('../../..', import.meta.url),
    env: { PATH: '/nowhere' },
    encoding: 'utf8',
  })
}

test('without a `ps` the adapter is unsupported and its host lives on', async () => {
  await using tree = await startTree(leaf, 1)
  const [root] = tree.lives
  if (!root) throw new Error('There is no tree.')
  const adapted = runWithoutCommands(`
    import { createTreeKillAdapter } from './src/os/tree-killer/tree-kill-adapter.ts'
    const error = await createTreeKillAdapter().kill({ pid: ${root.pid} }, 'SIGKILL').catch((error) => error)
    console.log(error.code)`)
  expect(adapted.stdout).toBe('ERR_UNSUPPORTED\n')
  expect(adapted.status).toBe(0)

  // Negative control: the package itself takes its host down, callback or not, and kills nobody.
  const raw = runWithoutCommands(`
    import treeKill from 'tree-kill'
    process.on('exit', () => console.log('gone'))
    treeKill(${root.pid}, 'SIGKILL', () => console.log('called back'))`)
  expect(raw.stderr).toContain('spawn ps ENOENT')
  expect(raw.stdout).toBe('gone\n')
  expect(raw.status).toBe(1)
  expect(isAlive(root)).toBe(true)
})

withPs('the package alone calls a root that is gone a success (negative control)', async () => {
  const ended = spawn('sh', ['-c', 'exit 0'], { stdio: 'ignore' })
  await once(ended, 'exit')
  const raw = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `import treeKill from 'tree-kill'\ntreeKill(${ended.pid}, 'SIGKILL', console.log)`],
    { cwd: new URL('../../..', import.meta.url), encoding: 'utf8' },
  )
  expect(raw.stdout).toBe('\n')
})

withPs('a tree-kill that does not answer in time has failed', async () => {
  await using tree = await startTree(leaf, 1)
  const [root] = tree.lives
  if (!root) throw new Error('There is no tree.')
  const hangs = createTreeKillAdapter({ timeoutMs: 300, killTree: () => new Promise(() => {}) })
  const report = await hangs.kill(root, 'SIGKILL')
  expect(report).toEqual({ kind: 'failed', message: 'tree-kill did not answer within 300 ms' })
  expect(isAlive(root)).toBe(true)
})
