/** The pids a world gives out, both ends included. A narrow range makes them come round soon. */
export interface PidRange {
  readonly first: number
  readonly last: number
}

/**
 * Gives out pids like Linux: upwards, from the beginning again after the last, past those still in use. Undefined when
 * all are: a fork would fail with EAGAIN.
 * @throws {RangeError} for a range that is empty, or reaches down to init's pid or below
 */
export function createPidCounter(range: PidRange, isTaken: (pid: number) => boolean): () => number | undefined {
  const { first, last } = range
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 2 || last < first) {
    throw new RangeError(`Expected \`pids\` to be integers with 2 <= first <= last, got ${first} and ${last}`)
  }
  let next = first
  return () => {
    for (let tried = first; tried <= last; tried += 1) {
      const pid = next
      next = pid === last ? first : pid + 1
      if (!isTaken(pid)) return pid
    }
    return undefined
  }
}
