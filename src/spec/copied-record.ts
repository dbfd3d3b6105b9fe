/** A copied options object. It has no prototype, which tells it from everything that was not copied. */
export type CopiedRecord = Readonly<Record<string, unknown>>

/** Whether this is a record that `snapshot` has copied. */
export function isCopiedRecord(value: unknown): value is CopiedRecord {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
}
