import type { LifeObservation } from '../../src/ports.ts'

const count = (seen: readonly LifeObservation[], kind: LifeObservation['kind']): number =>
  seen.filter((observation) => observation.kind === kind).length

/** What is wrong with the observations of a life that is over: `LifeObservation`'s contract, clause by clause. */
export function orderProblems(seen: readonly LifeObservation[]): readonly string[] {
  const kinds = seen.map(({ kind }) => kind)
  if (kinds.includes('spawnFailed')) return kinds.length === 1 ? [] : [`more than a failed spawn: ${kinds.join(' ')}`]

  const problems: string[] = []
  const demand = (isSo: boolean, problem: string): void => {
    if (!isSo) problems.push(`${problem}: ${kinds.join(' ')}`)
  }
  for (const kind of ['spawned', 'exited', 'drained', 'gone', 'swept'] as const) {
    demand(count(seen, kind) === 1, `not exactly one ${kind}`)
  }
  const [exited, drained, gone, swept] = (['exited', 'drained', 'gone', 'swept'] as const).map((kind) =>
    kinds.indexOf(kind),
  ) as [number, number, number, number]
  demand(kinds[0] === 'spawned', 'spawned is not the first')
  demand(exited < drained, 'drained before exited')
  demand(exited < gone, 'gone before exited')
  demand(kinds.lastIndexOf('line') < drained, 'a line after drained')
  demand(
    kinds.slice(swept + 1).every((kind) => kind === 'drained' || kind === 'line'),
    'something after swept',
  )
  demand(gone < swept && !kinds.slice(0, gone).includes('escapee'), 'swept or an escapee before gone')
  const escapees = seen.flatMap((observation) => (observation.kind === 'escapee' ? [observation.identity.pid] : []))
  demand(new Set(escapees).size === escapees.length, 'an escapee told twice')
  return problems
}
