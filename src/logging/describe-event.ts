import { isContainmentLevel } from '../events/containment-level.ts'
import type { EventData, EventType, RecordedEvent, RecordedLimit } from '../events/event.ts'
import { exitWords } from './exit-words.ts'
import type { LogLine } from './log-line.ts'
import { stoppedLine } from './stopped-line.ts'

type Telling<T extends EventType> = (data: EventData[T], who: string) => LogLine

/**
 * Every event in plain words. `info` tells the story of a tree that is well, `warn` what its operator wants to look at,
 * `error` what was given up; the bookkeeping in between is `debug`.
 *
 * Fields are picked one by one, never spread from the payload: a spec or an identity has no place in a log line, and a
 * field called `pid` would overwrite pino's own.
 */
const tellings: { readonly [T in EventType]: Telling<T> } = {
  'supervisor.started': ({ id, strategy }, who) => info(`${who} started`, { id, strategy }),
  'supervisor.recovered': ({ ended, rebooted }, who) =>
    info(`${who} was recovered from a log that ended ${ended === 'clean' ? 'cleanly' : 'without a stop'}`, {
      ended,
      rebooted,
    }),
  'supervisor.stopping': ({ cause, now, by, reason }, who) => info(`${who} is stopping`, { cause, now, by, reason }),
  'supervisor.stopped': ({ outcome }, who) =>
    outcome === 'stopped' || outcome === 'exited' || outcome === 'aborted'
      ? info(`${who} stopped`, { outcome })
      : error(`${who} stopped: ${outcome}`, { outcome }),
  'intensity.exceeded': ({ by, restarts, withinMs }, who) =>
    error(`${who} gives up: ${by} needed ${beyond({ restarts, withinMs })}`, { by, restarts, withinMs }),
  'journal.checkpointed': () => debug('the journal was checkpointed'),
  'journal.degraded': ({ message = 'A part of the journal was lost', droppedEvents, droppedBytes, from, to }) =>
    warn(message, { droppedEvents, droppedBytes, from, to }),

  'child.added': ({ kind, restart, adopted }, who) =>
    adopted === undefined
      ? debug(`${who} was added`, { kind, restart })
      : info(`${who} was adopted`, { kind, restart }),
  'child.released': (_, who) => info(`${who} was released: it goes on elsewhere`),
  'child.replaced': ({ by }, who) => info(`${who} was replaced`, { by }),
  'child.removed': (_, who) => debug(`${who} was removed`),
  'start.requested': (_, who) => debug(`${who} is asked to start`),
  'spawn.requested': (_, who) => debug(`${who} is about to be spawned`),
  'process.spawned': ({ pid, spawnMs }, who) => info(`${who} started`, { ...ofProcess(pid), spawnMs }),
  'process.spawnFailed': ({ code, message, errno }, who) =>
    warn(`${who} could not be started: ${message}`, { code, errno }),
  'child.ready': (_, who) => info(`${who} is ready`),
  'ready.timedOut': ({ timeoutMs }, who) => warn(`${who} was not ready within ${timeoutMs} ms`, { timeoutMs }),
  'run.timedOut': ({ timeoutMs }, who) => warn(`${who} was not done within ${timeoutMs} ms`, { timeoutMs }),

  'process.exited': ({ pid, code, signal, expected, cause, message }, who) => {
    const fields = { ...ofProcess(pid), code, signal, expected, cause }
    const words = `${who} ${exitWords({ code, signal })}`
    // An expected end is told by `child.stopped`, or by the start of the next life.
    const why = message === undefined ? '' : `: ${message}`
    return expected ? debug(`${words}${why}`, fields) : warn(`${words}, unexpectedly${why}`, fields)
  },
  'process.drained': ({ cut }, who) => debug(`the output of ${who} ${cut ? 'was cut' : 'is complete'}`),
  'stop.requested': ({ cause, now, reason }, who) => debug(`${who} is asked to stop`, { cause, now, reason }),
  // Louder than a stop: no `child.stopped` follows that would say who asked.
  'restart.requested': ({ cause, now, reason }, who) => info(`${who} is asked to restart`, { cause, now, reason }),
  'splay.elapsed': (_, who) => debug(`the splay of ${who} is over`),
  'killTimeout.elapsed': (_, who) => warn(`${who} outlived its grace`),
  'signal.sent': ({ signal, to, stage, pid }, who) =>
    debug(`${signal} was sent to ${who}`, { ...ofProcess(pid), signal, to, stage }),
  'restart.scheduled': ({ delayMs, attempt, cause }, who) =>
    info(`${who} restarts in ${delayMs} ms`, { delayMs, attempt, cause }),
  'restart.due': ({ cause }, who) => debug(`the restart of ${who} is due`, { cause }),
  'restart.abandoned': ({ restarts, withinMs }, who) =>
    error(`${who} is given up: it needed ${beyond({ restarts, withinMs })}`, { restarts, withinMs }),
  'child.stopped': stoppedLine,

  'orphan.adopted': ({ pid }, who) => debug(`a process that ${who} left behind was adopted`, ofProcess(pid)),
  'orphan.reaped': ({ pid, code, signal, status }, who) =>
    debug(`a process that ${who} left behind ${exitWords({ code, signal })}`, {
      ...ofProcess(pid),
      code,
      signal,
      status,
    }),

  'callback.failed': ({ callback, problem, message }, who) =>
    warn(`${callback} of ${who} failed: ${message}`, { callback, problem }),
  'subscriber.failed': ({ source, message }, who) =>
    warn(
      source.endsWith('$') ? `a subscriber of ${source} failed: ${message}` : `${source} of ${who} failed: ${message}`,
      { source },
    ),
  'containment.reported': ({ subject, message }) =>
    (isContainmentLevel(subject) ? info : warn)(`${subject}: ${message}`, { subject }),
}

/** Says an event in plain words. The root has no name of its own in them: its stream tells. */
export function describeEvent<T extends EventType>(event: Pick<RecordedEvent, 'stream' | 'child'> & Told<T>): LogLine {
  const who = event.stream === '/' ? 'the supervisor' : (event.child ?? event.stream)
  // A log may have been written by a newer version.
  const telling = tellings[event.type] as Telling<T> | undefined
  return telling === undefined ? debug(`${event.type} of ${who}`) : telling(event.data, who)
}

interface Told<T extends EventType> {
  readonly type: T
  readonly data: EventData[T]
}

function beyond({ restarts, withinMs }: RecordedLimit): string {
  return `more than ${restarts ?? 'any number of'} restarts${withinMs === null ? '' : ` within ${withinMs} ms`}`
}

function ofProcess(pid: number | null): { readonly childPid?: number } {
  return pid === null ? {} : { childPid: pid }
}

type Fields = LogLine['fields']
const debug = (message: string, fields: Fields = {}): LogLine => ({ level: 'debug', message, fields })
const info = (message: string, fields: Fields = {}): LogLine => ({ level: 'info', message, fields })
const warn = (message: string, fields: Fields = {}): LogLine => ({ level: 'warn', message, fields })
const error = (message: string, fields: Fields = {}): LogLine => ({ level: 'error', message, fields })
