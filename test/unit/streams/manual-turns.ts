/** A clock that only has turns, taken when `turn` is called. */
export function manualTurns() {
  let due: (() => void)[] = []
  return {
    clock: { nextTurn: (run: () => void) => void due.push(run) },
    /** How many calls wait for the next turn. */
    pending: () => due.length,
    turn() {
      const now = due
      due = []
      for (const run of now) run()
    },
  }
}
