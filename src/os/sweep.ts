import type { ProcessIdentity } from '../events/identity.ts'
import { walkCookies } from './cookie-walk.ts'
import type { CookieLook } from './environ.ts'
import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessScan } from './process-scan.ts'
import type { ProcessStat } from './process-table.ts'

/** A life that is over, as the sweep needs to know it. */
export interface SweptLife {
  readonly cookie: string
  /** When its leader started: nothing of it is older. */
  readonly startTicks: number
  /** Called once for each process of it, after the SIGKILL. */
  escapee(identity: ProcessIdentity, delivered: boolean): void
  /** Called once, last: a whole pass begun after `add` found nothing of it. */
  swept(): void
}

/** Finds what left its group, by the cookie in its environment, wherever it hides. */
export interface Sweep {
  /** Returns how to give up. */
  add(life: SweptLife): () => void
}

/** Passes go on for as long as somebody waits, ever slower: what does not die of SIGKILL hangs in the kernel. */
const firstPauseMs = 2
const longestPauseMs = 500
const growth = 2

/** How long a pass is put off at most while a burst of exits still brings new lives. */
const gatherMs = 24

/** How often in a row a pass is repeated because processes ended between being listed and being looked into. */
const mostRepeats = 3

/**
 * Asynchronous passes over `/proc`, shared by all lives that wait: each process is read once, whoever waits for it.
 * `isLeader` spares the look into processes whose handle this host holds: they are of a life that goes on.
 */
export function createSweep(kernel: Kernel, scan: ProcessScan, isLeader: (pid: number) => boolean): Sweep {
  /** By cookie. Two only where a journal was let go, and recovered, by the very host that still runs its children. */
  const lives = new Map<string, Set<SweptLife>>()
  /** What was killed already, by cookie: pid and start of each, so that each gets one SIGKILL and one report. */
  const killed = new Map<string, Set<string>>()
  let busy = false
  let pauseMs = firstPauseMs
  let repeats = 0
  let timer: NodeJS.Timeout | undefined

  const pass = (): void => {
    timer = undefined
    const waiting: SweptLife[] = []
    for (const some of lives.values()) waiting.push(...some)
    const oldest = waiting.reduce((ticks, life) => Math.min(ticks, life.startTicks), Infinity)
    scan.request((stats) => {
      const suspects = stats.filter(
        (stat) =>
          !stat.dead &&
          stat.kernelThread !== true &&
          stat.startTicks >= oldest &&
          stat.pid !== process.pid &&
          !isLeader(stat.pid),
      )
      lookInto(suspects, (found, vanished) => conclude(waiting, found, vanished))
    })
  }

  const lookInto = (suspects: readonly ProcessStat[], done: (found: Set<string>, vanished: boolean) => void): void => {
    const found = new Set<string>()
    let vanished = false
    const see = (suspect: ProcessStat, look: CookieLook): void => {
      if (look.kind === 'vanished') vanished = true
      if (look.kind !== 'cookie' || !lives.has(look.text)) return
      // Also where it is just dying: a pass that saw it alive is no proof that it left nothing behind.
      found.add(look.text)
      kill(look.text, suspect)
    }
    walkCookies(kernel, suspects, see, () => done(found, vanished))
  }

  const kill = (cookie: string, { pid, startTicks }: ProcessStat): void => {
    const done = killed.get(cookie) ?? new Set()
    killed.set(cookie, done)
    if (kernel.bootId === null || done.has(`${pid}/${startTicks}`) || !isAlive(kernel, { pid, startTicks })) return
    done.add(`${pid}/${startTicks}`)
    const delivered = pid > 1 && kernel.kill(pid, 'SIGKILL') === 'delivered'
    for (const life of lives.get(cookie) ?? []) life.escapee({ pid, startTicks, bootId: kernel.bootId }, delivered)
  }

  const conclude = (waiting: readonly SweptLife[], found: ReadonlySet<string>, vanished: boolean): void => {
    // Whoever vanished unread may have forked just before: nobody can say of whose life.
    const inconclusive = vanished && repeats < mostRepeats
    repeats = inconclusive ? repeats + 1 : 0
    for (const life of waiting) {
      if (inconclusive || found.has(life.cookie) || !isAwaited(life)) continue
      forget(life)
      life.swept()
    }
    busy = false
    schedule()
  }

  const isAwaited = (life: SweptLife): boolean => lives.get(life.cookie)?.has(life) === true

  const forget = (life: SweptLife): void => {
    const some = lives.get(life.cookie)
    some?.delete(life)
    if (some?.size !== 0) return
    lives.delete(life.cookie)
    killed.delete(life.cookie)
  }

  // The pause gathers what a burst brings, and is the share of the loop that is left to the rest.
  const gather = (leftMs: number): void => {
    const known = lives.size
    const waitMs = pauseMs
    timer = setTimeout(() => {
      if (lives.size > known && leftMs > 0) gather(leftMs - waitMs)
      else pass()
    }, waitMs)
  }

  const schedule = (): void => {
    if (busy || lives.size === 0) return
    busy = true
    gather(gatherMs)
    pauseMs = Math.min(pauseMs * growth, longestPauseMs)
  }

  return {
    add(life) {
      lives.set(life.cookie, (lives.get(life.cookie) ?? new Set()).add(life))
      pauseMs = firstPauseMs
      schedule()
      return () => {
        if (!isAwaited(life)) return
        forget(life)
        if (lives.size > 0 || timer === undefined) return
        clearTimeout(timer)
        timer = undefined
        busy = false
      }
    },
  }
}
