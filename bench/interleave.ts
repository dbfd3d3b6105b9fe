/** Something that is done once per round; gives what it measured, in whatever unit it likes. */
export type Contender<M> = () => Promise<M>

/**
 * Lets contenders take turns (A B C, then B C A, …), so that a slow minute of the machine, and whatever one leaves behind
 * for the next, harms them alike.
 */
export async function interleave<K extends string, M>(
  rounds: number,
  contenders: Readonly<Record<K, Contender<M>>>,
): Promise<Record<K, M[]>> {
  const names = Object.keys(contenders) as K[]
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, M[]>
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      measured[name].push(await contenders[name]())
    }
  }
  return measured
}
