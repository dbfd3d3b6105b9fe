/** One place at which a log says what cannot have happened, or what brood promises never to do. */
export interface Violation {
  /** The stable name of what was broken, as in `docs/reference/invariants.md`. */
  readonly invariant: string
  /** The event at which it shows. */
  readonly seq: number
  /** What is wrong there, in plain words. */
  readonly message: string
}
