import type { Runnable } from './runnable.ts'

/** A runnable that does nothing of its own: it is ready at once and ends when it is told to. */
export function nop(): Runnable {
  return (scope, ready) => ready(scope)
}
