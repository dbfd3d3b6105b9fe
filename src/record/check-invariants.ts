import type { EventType, RecordedEvent } from '../events/event.ts'
import { laws } from './invariants/laws.ts'
import type { Accuse, Law, Watch } from './invariants/law.ts'
import { createScene, isLate } from './invariants/scene.ts'
import type { Standing } from './invariants/standing.ts'
import type { Violation } from './invariants/violation.ts'

/**
 * Judges a log by everything brood promises of one: gapless numbers, one recorded life per process, restarts within
 * their limits, signals only after their grace, and so on; `docs/reference/invariants.md` lists all by name. Empty: no
 * promise is broken. Violations come in the order of the log.
 *
 * A log begins with seq 1 or a checkpoint, and what lies before is not judged. It may end anywhere: what is still open
 * there is no violation. Types of events that this version does not know are passed over. Linear in the log.
 */
export function checkInvariants(events: Iterable<RecordedEvent>): Violation[] {
  const court = openCourt()
  for (const event of events) court.hear(event)
  return court.close()
}

/** Judges a log event by event, for whoever does not hold it as a whole. */
export interface Court {
  hear(event: RecordedEvent): void
  /** The log is over. */
  close(): Violation[]
}

type Looks = readonly ((event: RecordedEvent, child: Standing | undefined) => void)[]

export function openCourt(): Court {
  const scene = createScene()
  const found: Violation[] = []
  const begin = ({ invariant, watch }: Law): Watch => {
    const accuse: Accuse = ({ seq, type, stream }, message) =>
      void found.push({ invariant, seq, message: `${type} of ${stream}: ${message}` })
    return watch(scene, accuse)
  }
  const lasting = laws.map(begin).filter((watch) => watch.always !== undefined)
  let watches = laws.map(begin).filter((watch) => watch.always === undefined)
  const always = lasting.flatMap((watch) => watch.always ?? [])
  let each: Looks = []
  let late: Looks = []
  let byType = new Map<EventType, Looks>()
  const index = (): void => {
    byType = new Map()
    each = watches.flatMap((watch) => watch.each ?? [])
    late = watches.flatMap((watch) => watch.late ?? [])
  }
  /** Who looks at events of a type, found out when the first comes. */
  const looksAt = (type: EventType): Looks => {
    const known = byType.get(type)
    if (known !== undefined) return known
    // Types have a dot; what has none is no type of ours, and might be the name of something else here.
    const looks = type.includes('.') ? watches.flatMap((watch) => (watch[type] ?? []) as Looks) : []
    byType.set(type, looks)
    return looks
  }
  index()

  return {
    hear(event) {
      for (const look of always) look(event)
      const wasBlind = scene.isBlind || event.seq > scene.seq + 1
      if (!wasBlind) {
        const child = scene.childOf(event)
        for (const look of each) look(event, child)
        const looks = child !== undefined && isLate(event, child) ? late : looksAt(event.type)
        for (const look of looks) look(event, child)
      }
      scene.take(event)
      if (wasBlind && !scene.isBlind) {
        // A checkpoint begins everything anew: what a law remembers is of a part that is not joined to this one.
        watches = laws.map(begin).filter((watch) => watch.always === undefined)
        index()
      }
    },
    close() {
      for (const { end } of [...lasting, ...watches]) end?.()
      return found.toSorted((a, b) => a.seq - b.seq)
    },
  }
}
