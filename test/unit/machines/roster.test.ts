import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { at, items } from '../../../src/machines/vector.ts'
import { specOf } from '../../../src/testing/given-spec.ts'
import { stage } from './staging.ts'

/** More removals than additions in the long run, so that the roster is compacted again and again. */
const steps = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 200,
  maxLength: 500,
  size: 'max',
})

test('children stay in the order of their registration, however many came and went', () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0.3, max: 0.7, noNaN: true }), (draws, share) => {
      const { staged } = stage([])
      let model: string[] = []
      const roster = () => staged.tree.supervisor('/')?.roster ?? { length: 0, chunks: [] }
      for (const [n, draw] of draws.entries()) {
        if (n < 100 || draw < share) {
          const id = `child-${n % 90}`
          const { refused, events } = model.some((stream) => stream.split('@')[0] === `/${id}`)
            ? { refused: 'there', events: [] }
            : staged.add('/', specOf({ id, command: 'x' }))
          if (refused === undefined) model.push(events[0]?.stream ?? '')
        } else if (model.length > 0) {
          const stream = model[Math.floor(((draw - share) / (1 - share)) * model.length)] ?? ''
          staged.apply({ of: 'remove', stream })
          model = model.filter((each) => each !== stream)
        }
        const { length } = roster()
        expect(length).toBeLessThanOrEqual(Math.max(65, 2 * model.length + 1))
      }
      expect([...items(roster())].map(({ stream }) => stream)).toEqual(model)
      for (const stream of model) {
        const child = staged.tree.child(stream)
        expect(at(roster(), child?.slot ?? -1)).toBe(child?.view)
      }
      expect(staged.tree.supervisor('/')?.count).toBe(model.length)
      expect([...staged.tree.children.keys()].toSorted()).toEqual(model.toSorted())
    }),
    { numRuns: 30 },
  )
})

test('a view that was taken before a compaction stays as it was', () => {
  const { staged } = stage([])
  for (let n = 0; n < 100; n++) staged.add('/', specOf({ id: `c${n}`, command: 'x' }))
  const before = staged.tree.supervisor('/')?.roster
  const streams = [...items(before ?? { length: 0, chunks: [] })].map(({ stream }) => stream)
  for (let n = 0; n < 80; n++) staged.apply({ of: 'remove', stream: `/c${n}` })
  expect(staged.tree.supervisor('/')?.roster.length).toBeLessThan(100)
  expect([...items(before ?? { length: 0, chunks: [] })].map(({ stream }) => stream)).toEqual(streams)
})
