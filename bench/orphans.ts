import type { Reaped } from '../src/index.ts'
import { reaper, startAndForget, createSupervisor } from './built.ts'
import { figure, quotients, type Report } from './report.ts'
import { restless } from './simulated.ts'
import { medianOf } from './spread.ts'
import { readMainThreadChildren } from '../src/os/orphans/main-thread-children.ts'
import { setTimeout } from 'node:timers/promises'

const ROUNDS = 5
const EXITS = 20

/** From a `kill -9` to the news of it: of a child of brood's own, and of an orphan that this host has adopted. */
export async function orphans(): Promise<Report> {
  const capability = reaper.enableOrphans()
  if (!capability.enabled) throw new Error(capability.reason)
  // An adopted process does not keep this one alive.
  const awake = setInterval(() => undefined, 60_000)
  const own: number[] = []
  const adopted: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    own.push(medianOf(await ownExits()))
    adopted.push(medianOf(await orphanExits()))
  }
  clearInterval(awake)
  return {
    figures: [
      figure('kill -9 to the news of it: orphans / own children', '', quotients(adopted, own), { atMost: 2 }),
      figure('the same: an orphan', 'ms', adopted),
      figure('the same: an own child', 'ms', own),
    ],
  }
}

/** Kills a process, and waits until the reaper tells of it. */
async function killed(pid: number): Promise<number> {
  // What runs right after another exit finds warm caches and a processor that is awake.
  await setTimeout(1)
  const began = performance.now()
  const told = new Promise<number>((resolve) => {
    const subscription = reaper.exits$.subscribe((exit: Reaped) => {
      if (exit.pid !== pid) return
      resolve(performance.now() - began)
      queueMicrotask(() => subscription.unsubscribe())
    })
  })
  process.kill(pid, 'SIGKILL')
  return told
}

function childrenHere(): readonly number[] {
  return readMainThreadChildren() ?? []
}

async function ownExits(): Promise<readonly number[]> {
  const child = { id: 'own', command: 'sleep', args: ['300'], stdio: 'ignore', restart: restless } as const
  const supervisor = createSupervisor({ children: [child] })
  await supervisor.start()
  const taken: number[] = []
  for (let exit = 0; exit < EXITS; exit++) {
    const now = await supervisor.child('own')?.when('running')
    taken.push(await killed(now?.pid ?? 0))
  }
  await supervisor.stop({ now: true })
  return taken
}

/** A process that nobody waits for leaves its children behind, and they become this host's. */
async function orphanExits(): Promise<readonly number[]> {
  const before = new Set(childrenHere())
  await startAndForget({ command: 'sh', args: ['-c', `for i in $(seq ${EXITS}); do sleep 300 & done; exit 0`] })
  let left: readonly number[] = []
  while (left.length < EXITS) {
    await setTimeout(5)
    left = childrenHere().filter((pid) => !before.has(pid))
  }
  // The shell itself is gone by the time that all of them are here.
  await setTimeout(50)
  const taken: number[] = []
  for (const pid of childrenHere().filter((one) => !before.has(one))) taken.push(await killed(pid))
  return taken
}
