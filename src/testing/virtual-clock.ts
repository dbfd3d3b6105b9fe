import { setImmediate } from 'node:timers'
import type { Clock, Disarm } from '../ports.ts'
import { createTimerQueue } from './timer-queue.ts'

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Milliseconds since the world began. */
  readonly now: number
  /**
   * Lets `ms` milliseconds pass, step by step: everything due on the way happens in order, also what is armed on the
   * way, and promises settle between any two steps. 0 runs what is due now. Calls queue up.
   * Rejects with what a timer threw; what was due after it stays due.
   * @throws {RangeError} for anything but a finite number >= 0
   */
  advance(ms: number): Promise<void>
}

/** 2026-01-01T00:00:00Z: some moment, always the same. */
const epoch = 1_767_225_600_000
/** The machine had been up for an hour; so nobody mistakes one kind of time for the other. */
const uptime = 3_600_000
/** Whoever does this much in no time at all will never be done. */
const stepsPerInstant = 1_000_000

// Kept from the start: a test that fakes the global timers must not stop this world.
const realTurn = setImmediate

/**
 * One real turn of the event loop, which is when every promise chain, however long, has settled. Counted microtask
 * rounds would be a guess: each `async` function in between needs some more.
 */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    realTurn(resolve)
  })

function checkDelay(name: string, value: number): void {
  if (Number.isNaN(value) || value < 0) throw new RangeError(`Expected \`${name}\` to be a number >= 0, got ${value}`)
}

/**
 * Virtual time. Timers fire in the order (due, armed), one at a time. `nextTurn` callbacks come before the next timer,
 * in the order of their calls: nothing of a later instant ever overtakes them.
 */
export function createVirtualClock(): VirtualClock {
  const timers = createTimerQueue()
  let turns: Array<() => void> = []
  let turnsTaken = 0
  let now = 0
  let advancing = Promise.resolve()

  function takeTurn(): (() => void) | undefined {
    const turn = turns[turnsTaken]
    if (turn === undefined) return undefined
    turnsTaken += 1
    if (turnsTaken === turns.length) {
      turns = []
      turnsTaken = 0
    }
    return turn
  }

  function takeTimer(until: number): (() => void) | undefined {
    const timer = timers.first()
    if (timer === undefined || timer.due > until) return undefined
    timers.remove(timer)
    now = timer.due
    return timer.fire
  }

  async function runUntil(until: number): Promise<void> {
    let instant = now
    let steps = 0
    for (;;) {
      await settled()
      const step = takeTurn() ?? takeTimer(until)
      if (step === undefined) break
      steps = now === instant ? steps + 1 : 0
      instant = now
      if (steps > stepsPerInstant) throw new Error(`Time stands still at ${now} ms: something re-arms itself for ever`)
      step()
    }
    now = until
  }

  return {
    get now() {
      return now
    },
    at: () => epoch + now,
    mono: () => uptime + now,
    arm(delayMs, fire): Disarm {
      checkDelay('delayMs', delayMs)
      if (delayMs === Infinity) return () => {}
      const timer = timers.add(now + delayMs, fire)
      return () => {
        timers.remove(timer)
      }
    },
    nextTurn(run) {
      turns.push(run)
    },
    advance(ms) {
      checkDelay('ms', ms)
      if (ms === Infinity) throw new RangeError('Expected `ms` to be finite, got Infinity')
      const done = advancing.then(() => runUntil(now + ms))
      advancing = done.catch(() => {})
      return done
    },
  }
}
