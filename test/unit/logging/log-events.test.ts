import { pino } from 'pino'
import { config, Subject } from 'rxjs'
import { expect, test } from 'vitest'
import type { NewEvent, RecordedEvent } from '../../../src/events/event.ts'
import { logEvents } from '../../../src/logging/log-events.ts'
import type { Logger } from '../../../src/logging/logger.ts'
import { silentLogger } from '../../../src/logging/silent-logger.ts'
import { samples } from './event-samples.ts'

const recorded = (event: NewEvent): RecordedEvent => ({
  seq: 8,
  stream: '/api',
  revision: 3,
  at: 0,
  mono: 0,
  v: 1,
  child: 'api',
  incarnation: 2,
  ...event,
})

const ready = recorded({ type: 'child.ready', data: {} })
const crash = recorded({
  type: 'process.exited',
  data: { pid: 42, identity: null, code: 1, signal: null, status: 1, expected: false, cause: 'crash' },
})

const full = () => {
  throw new Error('disk full')
}

/** A pino destination in memory, and what was written to it. */
const memory = () => {
  const lines: Record<string, unknown>[] = []
  return { lines, write: (text: string) => void lines.push(JSON.parse(text)) }
}

test('pino writes one line per event, with the event beside the words and the pid of the host untouched', () => {
  const destination = memory()
  const events$ = new Subject<RecordedEvent>()
  logEvents(events$, pino({ level: 'debug' }, destination))
  events$.next(crash)
  expect(destination.lines).toEqual([
    expect.objectContaining({
      level: 40,
      pid: process.pid,
      msg: 'api exited with code 1, unexpectedly',
      child: 'api',
      stream: '/api',
      incarnation: 2,
      childPid: 42,
      event: 'process.exited',
      seq: 8,
      code: 1,
    }),
  ])
})

test('every event makes one line at debug, and info leaves the bookkeeping out', () => {
  const [all, story] = [memory(), memory()]
  const events$ = new Subject<RecordedEvent>()
  logEvents(events$, pino({ level: 'debug' }, all))
  logEvents(events$, pino({ level: 'info' }, story))
  for (const sample of samples) events$.next(recorded(sample))
  expect(all.lines.map((line) => line['event'])).toEqual(samples.map(({ type }) => type))
  const told = story.lines.map((line) => line['event'])
  expect(told).toEqual(expect.arrayContaining(['process.spawned', 'child.ready', 'child.stopped', 'process.exited']))
  expect(told).not.toEqual(expect.arrayContaining(['splay.elapsed']))
  expect(told).not.toEqual(expect.arrayContaining(['signal.sent']))
})

test('a pino logger with levels of its own is a logger', () => {
  const destination = memory()
  const events$ = new Subject<RecordedEvent>()
  const logger: Logger = pino({ customLevels: { audit: 35 } }, destination)
  logEvents(events$, logger)
  events$.next(crash)
  expect(destination.lines).toHaveLength(1)
})

test('a logger that has only levels of its own misses lines and harms nothing', () => {
  const destination = memory()
  const events$ = new Subject<RecordedEvent>()
  const logger = pino({ customLevels: { warn: 40, audit: 35 }, useOnlyCustomLevels: true, level: 'audit' }, destination)
  logEvents(events$, logger)
  events$.next(ready)
  events$.next(crash)
  expect(destination.lines.map((line) => line['event'])).toEqual(['process.exited'])
})

test('a logger that throws loses its line, and neither its next one nor another subscriber', () => {
  const events$ = new Subject<RecordedEvent>()
  const written: string[] = []
  const seen: string[] = []
  const flaky = (_: object, message: string) => {
    if (message.includes('unexpectedly')) throw new Error('disk full')
    written.push(message)
  }
  const subscription = logEvents(events$, { debug: flaky, info: flaky, warn: flaky, error: flaky })
  events$.subscribe((event) => seen.push(event.type))
  expect(() => events$.next(crash)).not.toThrow()
  events$.next(ready)
  expect(written).toEqual(['api is ready'])
  expect(seen).toEqual(['process.exited', 'child.ready'])
  expect(subscription.closed).toBe(false)
})

test('the same throw in a bare subscriber would have reached the host', async () => {
  const events$ = new Subject<RecordedEvent>()
  const reported: unknown[] = []
  const first = Promise.withResolvers<void>()
  config.onUnhandledError = (error: unknown) => {
    reported.push(error)
    first.resolve()
  }
  // Reports are made in the order of the failures: once the bare one's is here, the logger's would have been too.
  logEvents(events$, { debug: full, info: full, warn: full, error: full })
  events$.subscribe(full)
  events$.next(crash)
  await first.promise
  config.onUnhandledError = null
  expect(reported).toHaveLength(1)
})

test('a log method that rejects ends nobody', async () => {
  const events$ = new Subject<RecordedEvent>()
  const asked = Promise.withResolvers<void>()
  const rejecting = async () => {
    asked.resolve()
    throw new Error('disk full')
  }
  logEvents(events$, { debug: rejecting, info: rejecting, warn: rejecting, error: rejecting })
  events$.next(crash)
  await asked.promise
  // An unhandled rejection is reported after the microtasks of its turn; vitest fails the run for one.
  await new Promise((resolve) => setImmediate(resolve))
})

test('an unsubscribed logger is left alone', () => {
  const destination = memory()
  const events$ = new Subject<RecordedEvent>()
  logEvents(events$, pino({ level: 'debug' }, destination)).unsubscribe()
  events$.next(crash)
  expect(destination.lines).toEqual([])
})

test('the silent logger is one pino logger that is never enabled', () => {
  const logger = silentLogger()
  expect(silentLogger()).toBe(logger)
  expect(logger).toMatchObject({ level: 'silent' })
  expect(() => logger.error({}, 'unheard')).not.toThrow()
})
