import { expect, test, vi } from 'vitest'
import { publishedLog } from '../../../src/streams/published-log.ts'
import { retainedEvents } from '../../../src/streams/retained-events.ts'

function recorded(count: number) {
  const events = retainedEvents<number>()
  for (let seq = 1; seq <= count; seq += 1) events.append(seq)
  return events
}

test('what is recorded is hidden until it is published', () => {
  const events = recorded(2)
  const log = publishedLog(events)
  expect([log.last, log.read(1, 10)]).toEqual([2, [1, 2]])
  events.append(3)
  events.append(4)
  expect([log.last, log.read(1, 10), log.read(3, 10)]).toEqual([2, [1, 2], []])
  log.publish(3)
  expect([log.last, log.read(2, 10), log.read(2, 1)]).toEqual([3, [2, 3], [2]])
})

test('what the source dropped is gone, however it is asked for', () => {
  const events = recorded(10)
  const log = publishedLog(events)
  events.append(11)
  events.dropBefore(8)
  expect([log.first, log.read(1, 10), log.read(1, 2)]).toEqual([8, [8, 9, 10], [8, 9]])
})

test('listeners are told of progress and of the end, until they stop listening', () => {
  const log = publishedLog(recorded(0))
  const listener = vi.fn<() => void>()
  const stop = [log.onChange(listener), log.onChange(listener)]
  log.publish(1)
  log.publish(1)
  expect(listener).toHaveBeenCalledTimes(2)
  stop[0]?.()
  stop[0]?.()
  log.end()
  log.end()
  expect(log.ended).toBe(true)
  expect(listener).toHaveBeenCalledTimes(3)
})
