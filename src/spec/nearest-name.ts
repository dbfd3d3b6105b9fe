/** Longer names are not typing mistakes, and the distance is quadratic. */
const longest = 64

/** The candidate that was probably meant by `name`, or undefined where none is near. Case does not matter. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  if (name.length === 0 || name.length > longest) return undefined
  const typed = name.toLowerCase()
  const tolerated = Math.max(1, Math.floor(typed.length / 3))
  let nearest: string | undefined
  let least = Infinity
  for (const candidate of candidates) {
    const meant = candidate.toLowerCase()
    const distance = editDistance(typed, meant)
    // `TERM` is four edits from `SIGTERM` by counting and none by reading.
    const near = distance <= tolerated || holds(meant, typed) || holds(typed, meant)
    if (near && distance < least) {
      nearest = candidate
      least = distance
    }
  }
  return nearest
}

function holds(whole: string, part: string): boolean {
  return part.length >= 3 && whole.includes(part)
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let twoAgo: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (twoAgo[column - 2] ?? Infinity) + 1)
      }
      current.push(cost)
    }
    twoAgo = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
