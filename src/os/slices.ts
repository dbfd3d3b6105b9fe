/** How long the event loop is kept at most by one slice; what else waits for it then has its turn. */
const sliceMs = 1

/** Visits every item in order, a slice per turn of the event loop, then calls `done`. Synchronous while one slice is enough. */
export function visitInSlices<T>(items: readonly T[], visit: (item: T) => void, done: () => void): void {
  const rest = items.values()
  const slice = (): void => {
    const end = performance.now() + sliceMs
    for (let step = rest.next(); !step.done; step = rest.next()) {
      visit(step.value)
      if (performance.now() >= end) {
        setImmediate(slice)
        return
      }
    }
    done()
  }
  slice()
}
