import { expect, test } from 'vitest'
import { upcast, type EventSchema } from '../../../src/events/upcast.ts'
import type { RecordedEvent } from '../../../src/index.ts'
import { recorded } from '../../support/journal-events.ts'

const event = recorded(7, 'child.ready', {})
const newest: EventSchema = {
  versions: { 'child.ready': 3 },
  upcasters: [
    { type: 'child.ready', from: 2, next: (data) => ({ ...(data as object), second: true }) },
    { type: 'child.ready', from: 1, next: (data) => ({ ...(data as object), first: true }) },
  ],
}

const refused = (message: string): unknown => expect.objectContaining({ code: 'ERR_UNSUPPORTED', message })

test('an old payload is read through every version since, and the record stays as it is', () => {
  expect(upcast(event, newest)).toEqual({ ...event, v: 3, data: { first: true, second: true } })
  expect(upcast({ ...event, v: 2 }, newest)).toMatchObject({ v: 3, data: { second: true } })
  expect(event).toEqual(recorded(7, 'child.ready', {}))
})

test('today’s payload is the event itself', () => {
  expect(upcast(event)).toBe(event)
  const today = { ...event, v: 3 } as RecordedEvent
  expect(upcast(today, newest)).toBe(today)
})

test('a later version, an unknown type and a missing step are refused by name', () => {
  expect(() => upcast({ ...event, v: 4 }, newest)).toThrow(
    refused('Event 7 is child.ready v4, which this version of brood does not know'),
  )
  for (const type of ['child.cloned', 'constructor']) {
    expect(() => upcast({ ...event, type } as unknown as RecordedEvent)).toThrow(
      refused(`Event 7 is ${type} v1, which this version of brood does not know`),
    )
  }
  expect(() => upcast(event, { ...newest, upcasters: newest.upcasters.slice(0, 1) })).toThrow(
    refused('Nothing reads child.ready v1 as its next version'),
  )
})
