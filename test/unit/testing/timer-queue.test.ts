import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTimerQueue } from '../../../src/testing/timer-queue.ts'
import type { QueuedTimer } from '../../../src/testing/timer-queue.ts'

test('timers leave in the order (due, inserted), whatever was removed in between', () => {
  const removal = fc.record({ remove: fc.nat(50) })
  const insertion = fc.record({ due: fc.nat(10) })
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: insertion }, removal), { maxLength: 80 }), (steps) => {
      const queue = createTimerQueue()
      const added: QueuedTimer[] = []
      const model = new Set<QueuedTimer>()
      for (const step of steps) {
        if ('due' in step) {
          const timer = queue.add(step.due, () => {})
          added.push(timer)
          model.add(timer)
        } else {
          const timer = added[step.remove]
          if (timer === undefined) continue
          queue.remove(timer)
          model.delete(timer)
        }
      }
      expect(queue.size).toBe(model.size)
      const expected = [...model].toSorted((a, b) => a.due - b.due || a.order - b.order)
      const left: QueuedTimer[] = []
      for (let timer = queue.first(); timer !== undefined; timer = queue.first()) {
        left.push(timer)
        queue.remove(timer)
      }
      expect(left).toEqual(expected)
    }),
  )
})
