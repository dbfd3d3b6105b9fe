import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { readStat } from '../../src/os/process-table.ts'
import type { TreeKiller } from '../../src/os/tree-killer/tree-killer.ts'

interface Life {
  readonly pid: number
  readonly startTicks: number
}

/** A hang guard: what is awaited takes milliseconds. */
const patience = { timeout: 60_000, interval: 5 }

/** One process. Every program prints its pids with their depth in the tree. */
export const leaf = 'echo 0 $$; exec sleep 600'

export const parentAndChild = 'sh -c "echo 1 \\$\\$; exec sleep 600" & echo 0 $$; wait'

/** The last of them in a session of its own. None ends because another does. */
const threeGenerations = `
  sh -c '
    setsid sh -c "echo 2 \\$\\$; exec sleep 600" &
    echo 1 $$
    wait
    exec sleep 600
  ' &
  echo 0 $$
  wait
  exec sleep 600`

/** Its child is dead, and it will never ask for its exit code: a shell might, so the child outlives the shell. */
const withZombie = `
  sh -c 'until read -r name < /proc/$PPID/comm && [ "$name" = sleep ]; do :; done' &
  echo 0 $!
  exec sleep 600`

/** Starts a program that prints `count` pids: `lives`, the root first. Whatever is left of them in the end is killed. */
export async function startTree(program: string, count: number): Promise<{ lives: readonly Life[] } & AsyncDisposable> {
  const root = spawn('sh', ['-c', program], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const exit = once(root, 'exit')
  const told: string[] = []
  const lines = createInterface({ input: root.stdout })
  lines.on('line', (line) => told.push(line))
  await expect.poll(() => told.length, patience).toBe(count)
  lines.close()
  const lives = told.toSorted().map((line): Life => {
    const pid = Number(line.split(' ')[1])
    return { pid, startTicks: readStat(pid)?.startTicks ?? -1 }
  })
  return {
    lives,
    async [Symbol.asyncDispose]() {
      root.kill('SIGKILL')
      for (const life of lives) if (isAlive(life)) process.kill(life.pid, 'SIGKILL')
      await exit
    },
  }
}

export function isAlive({ pid, startTicks }: Life): boolean {
  const stat = readStat(pid)
  return stat !== null && !stat.dead && stat.startTicks === startTicks
}

/** What every adapter of the `TreeKiller` port keeps. */
export function describeTreeKiller(name: string, make: () => TreeKiller): void {
  describe(`the ${name} tree killer`, () => {
    test.each(['SIGTERM', 'SIGKILL'] as const)(
      '%s reaches every generation, in whatever session, and no neighbour',
      async (signal) => {
        await using neighbour = await startTree(leaf, 1)
        await using tree = await startTree(threeGenerations, 3)
        const [root] = tree.lives
        const report = await make().kill({ pid: root?.pid ?? 0 }, signal)
        expect(report).toMatchObject({ kind: 'signalled', refused: [] })
        await expect.poll(() => tree.lives.filter(isAlive), patience).toEqual([])
        expect(neighbour.lives.every(isAlive)).toBe(true)
      },
    )

    test('a part of a tree is signalled without what it hangs from', async () => {
      await using tree = await startTree(threeGenerations, 3)
      const [root, , grandchild] = tree.lives
      if (!root || !grandchild) throw new Error('There are not three generations.')
      await make().kill(grandchild, 'SIGKILL')
      await expect.poll(() => isAlive(grandchild), patience).toBe(false)
      expect(isAlive(root)).toBe(true)
    })

    test('a root that is gone is not found, which is no success', async () => {
      const ended = spawn('sh', ['-c', 'exit 0'], { stdio: 'ignore' })
      await once(ended, 'exit')
      const report = await make().kill({ pid: ended.pid ?? 0 }, 'SIGKILL')
      expect(report).toEqual({ kind: 'notFound', reason: 'gone' })
    })

    test('a zombie is gone', async () => {
      await using tree = await startTree(withZombie, 1)
      const [zombie] = tree.lives
      const pid = zombie?.pid ?? 0
      await expect.poll(() => readStat(pid)?.dead, patience).toBe(true)
      expect(await make().kill({ pid }, 'SIGKILL')).toEqual({ kind: 'notFound', reason: 'gone' })
    })

    test('a pid that was given to another process is not signalled, nor is anything of another boot', async () => {
      await using tree = await startTree(leaf, 1)
      const [stranger] = tree.lives
      if (!stranger) throw new Error('There is no stranger.')
      const { pid, startTicks } = stranger
      const reused = await make().kill({ pid, startTicks: startTicks - 1 }, 'SIGKILL')
      expect(reused).toEqual({ kind: 'notFound', reason: 'reused' })
      const rebooted = await make().kill({ pid, startTicks, bootId: 'another' }, 'SIGKILL')
      expect(rebooted).toEqual({ kind: 'notFound', reason: 'gone' })
      expect(isAlive(stranger)).toBe(true)
      // Negative control: with its own start ticks it is signalled.
      expect(await make().kill(stranger, 'SIGKILL')).toMatchObject({ kind: 'signalled' })
      await expect.poll(() => isAlive(stranger), patience).toBe(false)
    })

    test('numbers that are no pid, and trees with this process in them, are refused', async () => {
      for (const pid of [0, -0, -1, 1, 1.5, Number.NaN, process.pid, process.ppid]) {
        await expect(make().kill({ pid }, 'SIGKILL'), String(pid)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
      }
    })

    test('what is no signal is refused before anybody is touched', async () => {
      await using tree = await startTree(leaf, 1)
      const [root] = tree.lives
      if (!root) throw new Error('There is no tree.')
      const killer = make()
      const nonsense: readonly unknown[] = ['', 'KILL', 'sigkill', 0, Number.NaN, constants.signals.SIGKILL, undefined]
      for (const signal of nonsense) {
        const killing: Promise<unknown> = Reflect.apply(killer.kill.bind(killer), undefined, [root, signal])
        await expect(killing, String(signal)).rejects.toMatchObject({ code: 'ERR_BAD_SIGNAL' })
      }
      expect(isAlive(root)).toBe(true)
    })
  })
}
