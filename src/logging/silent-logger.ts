import { pino } from 'pino'
import type { Logger } from './logger.ts'

let silent: Logger | undefined

/** The logger of whoever gave none: writes nothing, nowhere. One for all, made when first asked for. */
export function silentLogger(): Logger {
  // With a destination of its own: without one pino opens the host's stdout and listens for the host's exit.
  silent ??= pino({ enabled: false }, { write: () => {} })
  return silent
}
