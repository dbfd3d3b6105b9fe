import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { append, at, emptyVector, items, withSlot, type Vector } from '../../../src/machines/vector.ts'

type Step =
  | { readonly do: 'append'; readonly item: number }
  | { readonly do: 'set'; readonly where: number; readonly item: number | undefined }

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('append' as const), item: fc.nat() }),
    fc.record({
      do: fc.constant('set' as const),
      where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      item: fc.option(fc.nat(), { nil: undefined }),
    }),
  ),
  { maxLength: 400, size: 'max' },
)

const same = (vector: Vector<number>, model: readonly (number | undefined)[]): void => {
  expect(vector.length).toBe(model.length)
  expect(model.map((_, slot) => at(vector, slot))).toEqual(model)
  expect([...items(vector)]).toEqual(model.filter((item) => item !== undefined))
  expect(at(vector, model.length)).toBeUndefined()
}

test('it is an array with holes, and every earlier one stays as it was', () => {
  fc.assert(
    fc.property(steps, (list) => {
      let vector: Vector<number> = emptyVector
      let model: readonly (number | undefined)[] = []
      const kept: [Vector<number>, readonly (number | undefined)[]][] = []
      for (const [index, step] of list.entries()) {
        if (index % 50 === 0) kept.push([vector, model])
        if (step.do === 'append') {
          vector = append(vector, step.item)
          model = model.concat([step.item])
        } else if (model.length > 0) {
          const slot = Math.floor(step.where * model.length)
          vector = withSlot(vector, slot, step.item)
          model = model.with(slot, step.item)
        }
      }
      same(vector, model)
      for (const [before, was] of kept) same(before, was)
    }),
    { numRuns: 50 },
  )
})

test('a change shares all but one chunk with the vector before it', () => {
  let vector: Vector<number> = emptyVector
  for (let item = 0; item < 1_000; item++) vector = append(vector, item)
  const changed = withSlot(vector, 500, -1)
  const shared = changed.chunks.filter((chunk, index) => chunk === vector.chunks[index])
  expect(shared).toHaveLength(vector.chunks.length - 1)
  expect(at(vector, 500)).toBe(500)
  expect(at(changed, 500)).toBe(-1)
})

test('there is no slot beyond the end', () => {
  expect(() => withSlot(emptyVector, 0, 1)).toThrow(RangeError)
})
