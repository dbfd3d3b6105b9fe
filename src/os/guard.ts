import { BroodError } from '../errors.ts'
import type { HostReport } from '../ports.ts'
import type { GuardProcess } from './guard-process.ts'
import { startGuardProcess } from './guard-process.ts'
import { guardHoldsAfterMs, retryGuard } from './guard-retry.ts'

export interface GuardOptions {
  /** As in the cookies: what carries it as `tethered` is swept away after the groups. */
  readonly hostId: string
  /** Told whenever the guard had to be replaced. A throw in it is the caller's. */
  readonly report: (report: HostReport) => void
  /** Path of a POSIX shell. Default `/bin/sh`. */
  readonly shell?: string
}

/** A process group that must not outlive the host. */
export interface GuardEntry {
  /** Also the pid of its leader, which called setsid(2). */
  readonly pgid: number
  /** Of the leader, exact. */
  readonly startTicks: number
  /** Milliseconds between SIGTERM and SIGKILL, `Infinity` for no SIGKILL; rounded up to hundredths of a second. */
  readonly graceMs: number
  /** The value of the leader's cookie. It proves whose the group is when the leader is gone. */
  readonly cookie: string
  /** What keeps more than the group: `pid:startTicks` of a namespace's init, or a cgroup's path. It goes with the group. */
  readonly keeper?: string
}

/**
 * Ends process groups when this host is gone, by whatever means: `kill -9`, abort, out of memory, or its own end.
 * Not promised: that anything survives a kill of host and guard at once, as when their cgroup is killed.
 */
export interface Guard {
  /**
   * Enters a group, in place of whatever had its number. Effective on return unless the pipe is full.
   * @throws {BroodError} ERR_INVALID_SPEC for what is no group, ERR_INVALID_STATE after `close`
   */
  add(entry: GuardEntry): void
  /** Takes a group out, unless the number has gone to another since. */
  remove(pgid: number, startTicks: number): void
  /** Ends the guard; nobody is signalled. Once is enough. */
  close(): void
}

/** For ever, to a shell that counts with 32 bits as well. */
const longestGraceCs = 2 ** 30

/** Starts the guard of this host: one tiny `sh`, replaced and fed again whenever it ends. Linux with `/proc` only. */
export function createGuard({ hostId, report, shell = '/bin/sh' }: GuardOptions): Guard {
  // One entry a number, as in the kernel: a group that has the number now proves that the former is gone.
  const entries = new Map<number, GuardEntry>()
  let guard: GuardProcess | undefined
  let failures = 0
  let silent = false
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const tell = (message: string): void => report({ subject: 'guard', message })

  const later = (delayMs: number, run: () => void): void => {
    clearTimeout(timer)
    // Not the clock port: its timers keep the loop alive, and the guard must not.
    timer = setTimeout(run, delayMs).unref()
  }

  const start = (): void => {
    guard = startGuardProcess({ shell, hostId, ended: replace })
    guard.feed([...entries.values()].map(lineOf).join(''))
    later(guardHoldsAfterMs, holds)
  }

  const holds = (): void => {
    failures = 0
    if (silent) tell('The guard holds again.')
    silent = false
  }

  const replace = (reason: string): void => {
    guard = undefined
    if (closed) return
    const { delayMs, told } = retryGuard(failures++)
    const ended = `The guard ended (${reason}) while ${entries.size} process groups were entered.`
    if (delayMs === 0) {
      start()
      tell(`${ended} Another one was started and knows them.`)
      return
    }
    later(delayMs, start)
    silent = true
    if (told)
      tell(
        `${ended} It keeps ending; the next is started in ${delayMs} ms. Until one holds, children may outlive this host.`,
      )
  }

  start()

  return {
    add(entry) {
      assertEntry(entry)
      if (closed) throw new BroodError('ERR_INVALID_STATE', 'The guard is closed: nothing can be entered any more.')
      entries.set(entry.pgid, entry)
      guard?.feed(lineOf(entry))
    },
    remove(pgid, startTicks) {
      if (entries.get(pgid)?.startTicks !== startTicks) return
      entries.delete(pgid)
      guard?.feed(`- ${pgid} ${startTicks}\n`)
    },
    close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      guard?.quit()
    },
  }
}

function lineOf({ pgid, startTicks, graceMs, cookie, keeper }: GuardEntry): string {
  const words = [pgid, startTicks, Math.min(Math.ceil(graceMs / 10), longestGraceCs), cookie]
  return `+ ${[...words, ...(keeper === undefined ? [] : [keeper])].join(' ')}\n`
}

/** To kill(2), group 0 is the guard's own and -1 is everybody: neither may ever get into a line. */
function assertEntry({ pgid, startTicks, graceMs, cookie, keeper = '1:1' }: GuardEntry): void {
  expectThat(Number.isSafeInteger(pgid) && pgid > 1, 'pgid', 'an integer > 1', pgid)
  expectThat(Number.isSafeInteger(startTicks) && startTicks >= 0, 'startTicks', 'an integer >= 0', startTicks)
  expectThat(graceMs >= 0, 'graceMs', 'a number >= 0', graceMs)
  expectThat(/^[!-~]+$/.test(cookie), 'cookie', 'printable ASCII without blanks', JSON.stringify(cookie))
  const isKeeper = /^([1-9]\d*:\d+|\/[!-~]+)$/.test(keeper)
  expectThat(isKeeper, 'keeper', 'a pid with its start ticks, or a path without blanks', JSON.stringify(keeper))
}

function expectThat(holds: boolean, name: string, expected: string, got: number | string): void {
  if (!holds) throw new BroodError('ERR_INVALID_SPEC', `Expected \`${name}\` to be ${expected}, got ${got}`)
}
