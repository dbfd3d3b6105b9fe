import { memoryJournal } from '../journals/memory-journal.ts'
import type { Journal, Ports } from '../ports.ts'
import type { Ending, Program } from './behaviour.ts'
import { createMortalClock } from './mortal-clock.ts'
import type { PidRange } from './pid-counter.ts'
import type { ProcessRow } from './process-row.ts'
import { createProgramBook } from './program-book.ts'
import type { Pulse } from './pulse.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createSimulatedHost } from './simulated-host.ts'
import { bootMachine } from './simulated-machine.ts'
import type { WorldCalls } from './world-calls.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** What a world is made with; all of it optional. */
export interface WorldOptions {
  /** A safe integer; the same seed repeats the same run. 1 by default. */
  readonly seed?: number
  /** 1000 to 4194304 by default, Linux's own limit. A narrow range makes pids come round, as they do on old machines. */
  readonly pids?: PidRange
  /** How long a pass over the process table takes. 0 by default: it ends in the next turn. */
  readonly sweepMs?: number
}

/** A machine in which neither time nor processes are real, for testing what is supervised in it. */
export interface World {
  /** For `createSupervisor({ ports })`. Those of the host that runs now: after `crash` and `reboot` they are others. */
  readonly ports: Ports
  /** A memory journal, for those who need one. It outlives crashes, which let go of it. */
  readonly journal: Journal
  /** Milliseconds since the world began. */
  readonly now: number
  /**
   * Lets time pass and everything happen that is due, in order; promises settle in between. 0 runs what is due now.
   * @throws {RangeError} at once, for anything but a finite number >= 0
   */
  advance(ms: number): Promise<void>
  /**
   * Says what a command does when it is spawned; `'*'` speaks for all that are not named. A command nobody speaks for
   * is missing: its spawn fails with ENOENT.
   */
  program(command: string, behaviour: Program): void
  /** All living processes, oldest first. */
  processes(): readonly ProcessRow[]
  /** The living processes whose leader is dead, or that have left its group. */
  orphans(): readonly ProcessRow[]
  /**
   * Ends a process from outside, as a crash or an administrator would, also an unkillable one.
   * @throws {RangeError} where no living process has that pid
   */
  exit(pid: number, how: Ending): void
  /**
   * Kills the host, `kill -9`, and starts another one on the same machine. Nothing is told to the old one any more, none
   * of its timers fires, what it still asks for comes to nothing and is never answered. What was being forked is there.
   * `tethered` lives are ended by the guard, with their grace; others live on, but get SIGPIPE when they print to it.
   */
  crash(): void
  /**
   * Switches the machine off and on: all processes are gone with the host, and there is another boot id, another host,
   * a monotonic clock that begins anew, and pids and ticks that may be the same again.
   */
  reboot(): void
  readonly fail: {
    /**
     * The next `times` spawns (1 by default) fail, with an errno such as `'EMFILE'`, or with a code such as
     * `'ERR_CWD_NOT_FOUND'`.
     * @throws {RangeError} unless `times` is an integer >= 0, or Infinity
     */
    spawn(code: string, times?: number): void
  }
  /** How often the host was called. */
  readonly calls: WorldCalls
  /** Rules of the world that were broken: two lives at a time in one stream, a signal to a stranger. Each threw, too. */
  readonly problems: readonly string[]
}

/**
 * A simulated world of its own: time stands still, nothing runs, no program exists yet.
 * @throws {RangeError} for a seed that is no safe integer, an impossible range of pids, a negative duration
 */
export function createWorld(options: WorldOptions = {}): World {
  const { seed = 1, pids = { first: 1000, last: 4_194_304 }, sweepMs = 0 } = options
  if (!(sweepMs >= 0)) throw new RangeError(`Expected \`sweepMs\` to be a number >= 0, got ${sweepMs}`)
  const clock = createVirtualClock()
  const random = createSeededRandom(seed)
  const journal = memoryJournal()
  const book = createProgramBook()
  const calls = { opens: 0, spawns: 0, signals: 0, surveys: 0 }
  const problems: string[] = []
  // Recorded, too: whoever catches the error would hide that a rule was broken.
  const forbid = (problem: string): never => {
    problems.push(problem)
    throw new Error(problem)
  }
  const boot = (bootId: string, bootedAt: number) => bootMachine({ clock, bootId, bootedAt, pids, sweepMs, forbid })
  const login = (hostId: string) => {
    const pulse: Pulse = { beats: true }
    const hostClock = createMortalClock(machine.clock, pulse)
    const { host, crash } = createSimulatedHost({ hostId, machine, pulse, clock: hostClock, book, calls, forbid })
    return { ports: { clock: hostClock, random, host }, crash }
  }
  const firstHostId = random.id()
  let machine = boot(random.id(), 0)
  let host = login(firstHostId)

  return {
    get ports() {
      return host.ports
    },
    journal,
    get now() {
      return clock.now
    },
    advance: (ms) => clock.advance(ms),
    program: (command, behaviour) => book.program(command, behaviour),
    processes: () => machine.processes(),
    orphans: () => machine.orphans(),
    exit: (pid, how) => machine.exit(pid, how),
    crash() {
      host.crash()
      journal.close()
      host = login(random.id())
    },
    reboot() {
      machine.shutDown()
      host.crash()
      journal.close()
      machine = boot(random.id(), clock.mono())
      host = login(random.id())
    },
    fail: { spawn: (code, times = 1) => book.fail(code, times) },
    calls,
    problems,
  }
}
