import { cancellation, isEchoOfScope } from './cancellation.ts'
import { type Failure, failureOf, throwFirst, unlessEcho } from './failure.ts'
import { createLife, type Life } from './life.ts'
import { messageOf } from '../streams/message-of.ts'
import { onAbort } from './on-abort.ts'
import { openScope } from './open-scope.ts'
import type { Runnable, Scope } from './runnable.ts'

/** In which order the members of a group are started and stopped. */
export interface Order {
  /** Launches each; a launch resolves when its unit is ready, or none can be waited for any more. */
  start(units: readonly Runnable[], launch: (unit: Runnable) => Promise<void>): Promise<unknown>
  /** Stops what was launched, given in that order, and waits for all of it. */
  stop(lives: readonly Life[]): Promise<unknown>
}

/**
 * Runnables side by side, ready when all are. The first that ends, or announces its end, ends the group: none is
 * launched any more, those still starting are cut, what runs on top is cancelled and, once that has ended, all stop.
 */
export function group(units: readonly Runnable[], order: Order): Runnable {
  return async (scope, ready) => {
    const over = cancellation('One of a group has ended.')
    const main = openScope(scope)
    const { signal } = main.scope
    const isOver = new Promise<void>((resolve) => onAbort(signal, resolve))
    const lives: Life[] = []

    const launch = async (unit: Runnable): Promise<void> => {
      if (signal.aborted) return
      const life = createLife(unit, () => main.cancel(over), scope)
      lives.push(life)
      life.start()
      // Not for the life alone: it may hang although another one has failed. It is cut when all are stopped.
      await Promise.race([life.started, isOver])
    }

    await order.start(units, launch)
    const above = signal.aborted ? undefined : await failureOf(() => ready(main.scope))
    await order.stop(lives)
    main.close()
    const failures = await Promise.all(lives.map((life) => life.ended))
    throwFirst(scope, unlessEcho(over, above), combine(scope, failures))
  }
}

/** One failure of several; what only echoes the end of `scope` is left out where there is more to tell. */
function combine(scope: Scope, failures: readonly (Failure | undefined)[]): Failure | undefined {
  const all = failures.filter((failure) => failure !== undefined)
  const errors = all.map(({ error }) => error).filter((error) => !isEchoOfScope(scope, error))
  if (errors.length === 0) return all[0]
  if (errors.length === 1) return { error: errors[0] }
  const messages = errors.map(messageOf).join('; ')
  return { error: new AggregateError(errors, `${errors.length} failures: ${messages}`) }
}
