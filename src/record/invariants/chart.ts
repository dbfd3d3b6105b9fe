import { supervisorTable } from '../../machines/fold-supervisor.ts'
import { childTable } from '../../machines/fold-child.ts'
import { baseStream, parentOf, streamName } from '../../machines/stream-name.ts'
import type { Law } from './law.ts'
import { isSupervisors } from './scene.ts'

const wordless: ReadonlySet<string> = new Set(['callback.failed', 'subscriber.failed', 'containment.reported'])

/** Every event of a current life was acceptable to the chart when its turn came. */
const eventsAreAcceptable: Law = {
  invariant: 'events-are-acceptable',
  watch(scene, accuse) {
    return {
      each(event, child) {
        if (isSupervisors(event)) {
          const phase = scene.companies.get(event.stream)?.phase
          if (phase === undefined) return
          // `startup.completed` is no recorded event, so a supervisor that started may be running.
          const next =
            supervisorTable.next(phase, event.type) ??
            (phase === 'starting' ? supervisorTable.next('running', event.type) : undefined)
          if (next === undefined) accuse(event, `cannot happen to a supervisor that is ${phase}`)
        } else if (child !== undefined && !((event.incarnation ?? Infinity) < child.incarnation)) {
          if (childTable.next(child.name, event.type) === undefined) {
            accuse(event, `cannot happen to a child that is ${child.name}`)
          }
        }
      },
    }
  },
}

/** Every event is about somebody: a child between its `child.added` and its last event, or a supervisor. */
const eventsAreAboutSomebody: Law = {
  invariant: 'events-are-about-somebody',
  watch(scene, accuse) {
    return {
      each(event, child) {
        if (event.type === 'child.added' || child !== undefined) return
        const isOfRoot = event.stream === '/' && (wordless.has(event.type) || event.child === undefined)
        const isOfSupervisor = isSupervisors(event) && scene.companies.has(event.stream)
        if (!isOfRoot && !isOfSupervisor && !event.type.startsWith('orphan.')) {
          accuse(event, `${event.stream} is nobody now`)
        }
      },
    }
  },
}

/** Each registration has a stream of its own: the second of an id is `/web@2`, whatever became of the first. */
const registrationsHaveTheirOwnStream: Law = {
  invariant: 'registrations-have-their-own-stream',
  watch(scene, accuse) {
    const counts = new Map<string, number>()
    const isFromTheStart = scene.seq === 0
    return {
      'child.added'(event) {
        const { stream, child: id = '' } = event
        const parent = parentOf(stream)
        if (scene.children.has(stream)) accuse(event, 'is registered already')
        if (!scene.companies.has(parent)) accuse(event, `${parent} is no supervisor`)
        const base = baseStream(parent, id)
        const known = counts.get(base)
        // Of earlier registrations a log that begins with a checkpoint tells the stream, not the count.
        const nth = known === undefined && !isFromTheStart ? numberOf(stream, base) : (known ?? 0) + 1
        counts.set(base, nth)
        if (stream !== streamName(parent, id, nth)) accuse(event, `is not the stream of registration ${nth} of "${id}"`)
      },
    }
  },
}

function numberOf(stream: string, base: string): number {
  const nth = stream.startsWith(`${base}@`) ? Number(stream.slice(base.length + 1)) : 1
  return Number.isSafeInteger(nth) && nth > 1 ? nth : 1
}

export const chartLaws: readonly Law[] = [eventsAreAcceptable, eventsAreAboutSomebody, registrationsHaveTheirOwnStream]
