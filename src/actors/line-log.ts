import type { ProcessSpec } from '../spec/child-spec.ts'
import type { SupervisorLogger } from '../spec/supervisor-logger.ts'
import { messageOf } from '../streams/message-of.ts'
import type { OutputLine } from './output-line.ts'

/** Writes one line of a child to the logger that its stream has. Never throws. */
export type LineLog = (line: OutputLine, childPid: number | null) => void

const ownLevel = { stdout: 'info', stderr: 'error' } as const

/**
 * How the lines of a child are logged: in a child logger of the supervisor's for each stream, or in loggers of its own,
 * which are used as they are. `childPid`, because `pid` is the host's own in a pino line.
 *
 * `failed` is told once per stream of a logger that throws, rejects or lacks the level; later lines are offered all the
 * same, since a logger that is full may not stay so.
 */
export function createLineLog(
  { id, log = {} }: Pick<ProcessSpec, 'id' | 'log'>,
  stream: string,
  logger: SupervisorLogger | undefined,
  failed: (source: string, message: string) => void,
): LineLog {
  const stdout = openStream('stdout')
  const stderr = openStream('stderr')
  return (line, childPid) => (line.source === 'stdout' ? stdout : stderr)?.(line, childPid)

  function openStream(source: 'stdout' | 'stderr'): LineLog | undefined {
    const target = log[source]
    if (target === undefined || (typeof target === 'string' && logger === undefined)) return undefined
    const who = { child: id, stream, source }
    const level = typeof target === 'string' ? target : ownLevel[source]
    let own: object | undefined = typeof target === 'string' ? undefined : target
    let told = false
    const tell = (error: unknown): void => {
      if (told) return
      told = true
      failed(`log.${source}`, messageOf(error))
    }
    return ({ incarnation, text, truncated }, childPid) => {
      const life = { incarnation, ...(childPid === null ? {} : { childPid }), ...(truncated ? { truncated } : {}) }
      try {
        // Made with the first line: most children that are to be logged have yet to say something.
        own ??= logger?.child(who)
        const write: unknown = own === undefined ? undefined : Reflect.get(own, level)
        if (typeof write !== 'function' || own === undefined) throw new TypeError(`The logger has no level "${level}"`)
        const written: unknown = Reflect.apply(write, own, [own === target ? { ...who, ...life } : life, text])
        // An async function fits the type of a log method, and its rejection would end the host.
        if (written instanceof Promise) written.catch(tell)
      } catch (error) {
        tell(error)
      }
    }
  }
}
