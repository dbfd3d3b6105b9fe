/** What is kept at least: so many of the latest events, and everything younger than that. Absent: everything. */
export interface Retention {
  readonly events?: number | undefined
  readonly ageMs?: number | undefined
}

/** Where an event stands, by number and by the clock on the wall. */
export interface Mark {
  readonly seq: number
  readonly at: number
}

/**
 * The newest of the `checkpoints` (ascending) before which nothing has to be kept, now that `newest` is the last event;
 * undefined where there is none. A log is only ever cut right before a checkpoint, which holds what came before it.
 */
export function findCut(checkpoints: readonly Mark[], { events, ageMs }: Retention, newest: Mark): Mark | undefined {
  if (events === undefined && ageMs === undefined) return undefined
  return checkpoints.findLast(({ seq, at }) => newest.seq - seq + 1 >= (events ?? 0) && newest.at - at >= (ageMs ?? 0))
}
