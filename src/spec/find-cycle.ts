/**
 * A cycle in the graph of the nodes 0 to `size` - 1, each node followed by one that it leads to, beginning with its least;
 * undefined where there is none. Linear, and without recursion: a chain may be as long as the list of children.
 */
export function findCycle(size: number, next: (node: number) => readonly number[]): readonly number[] | undefined {
  const finished = new Uint8Array(size)
  const depth = new Map<number, number>()
  for (let root = 0; root < size; root += 1) {
    if (finished[root] === 1) continue
    const trail = [{ node: root, left: next(root).values() }]
    depth.set(root, 0)
    for (let last = trail.at(-1); last !== undefined; last = trail.at(-1)) {
      const step = last.left.next()
      if (step.done === true) {
        finished[last.node] = 1
        depth.delete(last.node)
        trail.pop()
        continue
      }
      const begin = depth.get(step.value)
      if (begin !== undefined) return leastFirst(trail.slice(begin).map(({ node }) => node))
      if (finished[step.value] === 1) continue
      depth.set(step.value, trail.length)
      trail.push({ node: step.value, left: next(step.value).values() })
    }
  }
  return undefined
}

function leastFirst(cycle: readonly number[]): readonly number[] {
  let least = 0
  for (const [position, node] of cycle.entries()) if (node < (cycle[least] ?? Infinity)) least = position
  return [...cycle.slice(least), ...cycle.slice(0, least)]
}
