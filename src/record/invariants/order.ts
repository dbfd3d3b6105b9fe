import type { Condition } from '../../machines/policy.ts'
import type { Company } from './company.ts'
import type { Law } from './law.ts'
import { isAtRest, type Standing } from './standing.ts'

interface Awaited {
  readonly on: Standing | undefined
  readonly id: string
  readonly condition: Condition
}

/** The siblings a child is `after`: the named, and under rest-for-one its left neighbour. */
function dependencies(company: Company, child: Standing): readonly Awaited[] {
  const named: Awaited[] = []
  for (const [id, condition] of child.rules?.after ?? []) named.push({ on: company.byId.get(id), id, condition })
  const { left } = child.beside ?? child
  if (company.strategy === 'rest-for-one' && left !== undefined) {
    named.push({ on: left, id: left.id, condition: 'ready' })
  }
  return named
}

function* dependants(company: Company, child: Standing): Generator<Standing> {
  // They depend on whatever the id means.
  if (company.byId.get(child.id) !== child) return
  yield* company.dependants.get(child.id) ?? []
  const { right } = child
  if (company.strategy !== 'rest-for-one' || right === undefined) return
  yield right
  for (const other of company.besides) if (other.beside === right) yield other
}

/** A shutdown in order asks nobody to stop while somebody who depends on it is up. */
const dependantsStopFirst: Law = {
  invariant: 'dependants-stop-first',
  watch(scene, accuse) {
    return {
      'stop.requested'(event, child) {
        const company = child === undefined ? undefined : scene.companies.get(child.parent)
        if (child === undefined || company === undefined) return
        if (child.name !== 'probing' && child.name !== 'running') return
        // What a recovery finds alive is stopped at once: whoever depends on it may be dead already.
        if (event.data.cause !== 'shutdown' || event.data.now || event.data.recovered === true) return
        for (const other of dependants(company, child)) {
          if (!isAtRest(other)) accuse(event, `${other.stream}, which depends on it, is ${other.name}`)
        }
      },
    }
  },
}

/** A start that somebody asked for waits until all it depends on is there; no start overtakes one on its way up. */
const startsWaitForDependencies: Law = {
  invariant: 'starts-wait-for-dependencies',
  watch(scene, accuse) {
    const asked = new Set<string>()
    return {
      'start.requested': (event) => void asked.add(event.stream),
      'restart.due': (event) => void asked.delete(event.stream),
      'spawn.requested'(event, child) {
        const company = child === undefined ? undefined : scene.companies.get(child.parent)
        if (child === undefined || company === undefined) return
        for (const { on, id, condition } of dependencies(company, child)) {
          const isComing = on?.name === 'waiting' || on?.name === 'spawning' || on?.name === 'backingOff'
          if (!isThere(on, condition) && (asked.has(event.stream) || isComing)) {
            accuse(event, `"${id}" must be ${condition}, and is ${on?.name ?? 'not there'}`)
          }
        }
      },
    }
  },
}

function isThere(on: Standing | undefined, condition: Condition): boolean {
  if (on === undefined) return false
  const isCompleted = on.name === 'stopped' && on.outcome === 'exited'
  switch (condition) {
    case 'completed':
      return isCompleted
    case 'ready':
      return (on.name === 'running' && !on.oneShot) || (isCompleted && on.oneShot)
    case 'started':
      return on.name === 'running' || on.name === 'probing' || (isCompleted && on.oneShot)
  }
}

export const orderLaws: readonly Law[] = [dependantsStopFirst, startsWaitForDependencies]
