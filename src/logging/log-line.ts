import type { LogLevel } from './logger.ts'

/** One line of a log: how loud, in which words, with which data beside the envelope's. */
export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
