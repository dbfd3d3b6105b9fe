import { BroodError } from '../errors.ts'
import type { Json, RecordedEvent } from './event.ts'
import { eventVersions } from './event-versions.ts'

/** Reads one version of a payload as the next one. */
export interface Upcaster {
  readonly type: string
  /** The version it reads; it gives that of the number behind. */
  readonly from: number
  readonly next: (data: Json) => Json
}

/** What is known of the events of a log. */
export interface EventSchema {
  /** The version of each type that is understood. */
  readonly versions: Readonly<Record<string, number>>
  readonly upcasters: readonly Upcaster[]
}

/** One for each payload that has changed since it was first recorded. None has. */
export const eventSchema: EventSchema = { versions: eventVersions, upcasters: [] }

/**
 * An event as it would be recorded today. What is recorded stays as it is: this is for whoever reads it.
 * @throws {BroodError} ERR_UNSUPPORTED for a type or version that is not known: it is never left out
 */
export function upcast(event: RecordedEvent, schema: EventSchema = eventSchema): RecordedEvent {
  const current = knownVersion(event, schema)
  if (event.v === current) return event
  let data = event.data as Json
  for (let { v } = event; v < current; v++) data = stepOf(event.type, v, schema).next(data)
  return { ...event, v: current, data } as unknown as RecordedEvent
}

/**
 * The version of an event's payload that is understood today.
 * @throws {BroodError} ERR_UNSUPPORTED for a type that is not known, or a later version
 */
export function knownVersion(
  { seq, type, v }: { readonly seq: number; readonly type: string; readonly v: number },
  { versions }: EventSchema = eventSchema,
): number {
  const current = Object.hasOwn(versions, type) ? versions[type] : undefined
  if (current !== undefined && v <= current) return current
  throw new BroodError('ERR_UNSUPPORTED', `Event ${seq} is ${type} v${v}, which this version of brood does not know`)
}

function stepOf(type: string, from: number, { upcasters }: EventSchema): Upcaster {
  const step = upcasters.find((each) => each.type === type && each.from === from)
  if (step !== undefined) return step
  throw new BroodError('ERR_UNSUPPORTED', `Nothing reads ${type} v${from} as its next version`)
}
