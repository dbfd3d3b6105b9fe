import { pino } from 'pino'
import type { Logger } from './logger.ts'

let silent: Logger | undefined

/** The logger of whoever gave none: writes nothing, nowhere. One for all, made when first asked for. */
export function silentLogger(): Logger {
  silent ??= pino({ enabled: false })
  return silent
}
