/**
 * A persistent sequence of slots: every change gives a new vector that shares all but one chunk with the old one, so a
 * view taken at any moment stays as it was at the cost of about a hundred copied references per change.
 */
export interface Vector<T> {
  readonly length: number
  readonly chunks: readonly (readonly (T | undefined)[])[]
}

const SIZE = 64

export const emptyVector: Vector<never> = { length: 0, chunks: [] }

export function append<T>(vector: Vector<T>, item: T): Vector<T> {
  const last = vector.chunks.at(-1)
  const chunks =
    last === undefined || last.length === SIZE
      ? [...vector.chunks, [item]]
      : vector.chunks.with(vector.chunks.length - 1, [...last, item])
  return { length: vector.length + 1, chunks }
}

/** Replaces one slot; `undefined` empties it. Slots keep their numbers for good. */
export function withSlot<T>(vector: Vector<T>, slot: number, item: T | undefined): Vector<T> {
  const index = Math.floor(slot / SIZE)
  const chunk = vector.chunks[index]
  if (chunk === undefined) throw new RangeError(`No slot ${slot}`)
  return { length: vector.length, chunks: vector.chunks.with(index, chunk.with(slot % SIZE, item)) }
}

export function at<T>(vector: Vector<T>, slot: number): T | undefined {
  return vector.chunks[Math.floor(slot / SIZE)]?.[slot % SIZE]
}

/** The filled slots in order. */
export function* items<T>(vector: Vector<T>): Generator<T> {
  for (const chunk of vector.chunks) {
    for (const item of chunk) if (item !== undefined) yield item
  }
}
