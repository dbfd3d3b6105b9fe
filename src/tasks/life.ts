import { cancellation } from './cancellation.ts'
import { type Failure, failureOf, unlessEcho } from './failure.ts'
import { onAbort } from './on-abort.ts'
import { openScope } from './open-scope.ts'
import { runUnit } from './run-unit.ts'
import type { Runnable, Scope } from './runnable.ts'
import type { TaskState } from './task.ts'

/** The one run of a runnable, in the hands of whoever has to see it to its end. */
export interface Life {
  readonly state: TaskState
  /** Resolves when it is ready; else when it is over: `cut` if it was told to stop before, `over` if it was not. */
  readonly started: Promise<'ready' | 'cut' | 'over'>
  /** Resolves when it is over. An echo of a cancellation that was ordered here is no failure. */
  readonly ended: Promise<Failure | undefined>
  /** Runs it, before this returns as far as it goes. Once, and only where the life is `initial`. */
  start(): void
  /** Lets it end gracefully; cuts it where it has not become ready. */
  stop(): void
  /** Forces it to end, which as such is no stop. */
  cut(): void
}

/**
 * Prepares a life, which is forced to end when an `outer` scope is over. It lasts until `stop`, whatever happens to it:
 * `onEnding` is told, perhaps more than once, that it announced its end or has ended, and decides what follows.
 */
export function createLife(unit: Runnable, onEnding: (life: Life) => void, ...outer: readonly Scope[]): Life {
  const over = cancellation('Told to end at once.')
  const own = openScope(...outer)
  const started = Promise.withResolvers<'ready' | 'cut' | 'over'>()
  const released = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<Failure | undefined>()
  let state: TaskState = 'initial'

  const life: Life = {
    get state() {
      return state
    },
    started: started.promise,
    ended: ended.promise,
    start() {
      state = 'starting'
      void failureOf(() => runUnit(unit, own.scope, hold)).then(end)
    },
    stop() {
      const before = state
      if (before !== 'stopped') state = 'stopping'
      released.resolve()
      if (before === 'initial') end(undefined)
      // Last: listeners of the unit's run within, and see the state as it now is.
      if (before === 'starting') own.cancel(over)
    },
    cut() {
      own.cancel(over)
    },
  }

  function hold({ signal }: Scope): Promise<void> {
    // Not where it was told to stop meanwhile: whoever started it is to hear that it was cut.
    if (state === 'starting') {
      state = 'running'
      started.resolve('ready')
    }
    // Never given back: the scope is this run's own, and is cancelled when the run is over.
    onAbort(signal, () => onEnding(life))
    return released.promise
  }

  function end(failure: Failure | undefined): void {
    own.close()
    const wasTold = state === 'stopping'
    state = 'stopped'
    // Before the promises: whoever waits for one of several lives is to know that no more may begin.
    onEnding(life)
    started.resolve(wasTold ? 'cut' : 'over')
    ended.resolve(unlessEcho(over, failure))
  }

  return life
}
