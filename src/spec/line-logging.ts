import type { LogData } from './child-schema.ts'
import type { LineLogging } from './child-spec.ts'
import type { StdioStreams } from './stdio-streams.ts'

const usualLevel = { stdout: 'info', stderr: 'error' } as const

/** Where each stream is logged, whichever way it was said; undefined where none is. */
export function lineLogging(
  log: LogData | undefined,
  streams: Pick<StdioStreams, 'stdout' | 'stderr'>,
): LineLogging | undefined {
  const each = typeof log === 'object' ? log : { stdout: log, stderr: log }
  const stdout = each.stdout === true ? usualLevel.stdout : each.stdout
  const stderr = each.stderr === true ? usualLevel.stderr : each.stderr
  // `true` for all means those that have lines; who names another is refused by the rules.
  const logging = {
    ...(stdout === undefined || stdout === false || streams.stdout !== 'lines' ? {} : { stdout }),
    ...(stderr === undefined || stderr === false || streams.stderr !== 'lines' ? {} : { stderr }),
  }
  return Object.keys(logging).length === 0 ? undefined : Object.freeze(logging)
}
