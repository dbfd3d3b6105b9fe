import * as z from 'zod'
import type { Clock, Journal, ProcessHost, Random } from '../ports.ts'
import { autoShutdown, children, limitIn, strategy } from './child-schema.ts'
import { durationOrNever, id, options, positiveOrInfinity } from './fields.ts'
import type { Inspect } from './inspect.ts'
import { hasMethod, objectWith } from './object-with.ts'
import { handedOn } from './snapshot.ts'
import { optionsForm } from './spec-form.ts'
import type { SupervisorLogger } from './supervisor-logger.ts'

/** The options whose objects are used as they are: copying would cut a method from its object. */
export const passedByReference: ReadonlySet<string> = new Set([
  ...handedOn,
  'journal',
  'logger',
  'inspect',
  'clock',
  'random',
  'host',
])

const inspect = z.custom<Inspect>(
  (value) => typeof value === 'function' || hasMethod(value, 'next'),
  'a function or an observer with the method `next`',
)

/** A root supervisor's options, field by field; the children are looked into one by one. */
export const supervisorSchema = options({
  id: id.optional(),
  strategy: strategy.optional(),
  intensity: limitIn(optionsForm).optional(),
  autoShutdown: autoShutdown.optional(),
  children: children.optional(),
  journal: objectWith<Journal>('a journal', 'open', 'append', 'commit', 'read', 'close').optional(),
  logger: objectWith<SupervisorLogger>('a pino logger', 'debug', 'info', 'warn', 'error', 'child').optional(),
  inspect: inspect.optional(),
  shutdownTimeoutMs: durationOrNever.optional(),
  maxConcurrentStarts: positiveOrInfinity.optional(),
  ports: options({
    clock: objectWith<Clock>('a clock', 'at', 'mono', 'arm', 'nextTurn').optional(),
    random: objectWith<Random>('a source of chance', 'next', 'id').optional(),
    host: objectWith<ProcessHost>('a process host', 'open').optional(),
  }).optional(),
})
