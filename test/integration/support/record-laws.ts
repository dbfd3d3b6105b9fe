import type { EventType, RecordedEvent } from '../../../src/index.ts'

/**
 * What must hold of every whole record, whatever happened: gapless numbers, one answer to each intended spawn, one exit
 * to each spawned process, lives that are numbered without a gap. Gives what is broken, in words.
 */
export function brokenLaws(events: readonly RecordedEvent[]): readonly string[] {
  const broken: string[] = []
  const revisions = new Map<string, number>()
  for (const [index, { seq, stream, revision, type }] of events.entries()) {
    if (seq !== index + 1) broken.push(`${type} has seq ${seq} in place ${index + 1}`)
    const expected = (revisions.get(stream) ?? 0) + 1
    if (revision !== expected) broken.push(`${type} of ${stream} has revision ${revision}, expected ${expected}`)
    revisions.set(stream, revision)
  }
  const moved = movedLives(events)
  for (const [life, types] of lives(events)) {
    // Its beginning or its end is in the record of another supervisor.
    if (moved.has(life)) continue
    const count = (...wanted: readonly EventType[]): number => types.filter((type) => wanted.includes(type)).length
    const answers = count('process.spawned', 'process.spawnFailed')
    if (count('spawn.requested') !== 1) broken.push(`${life} was intended ${count('spawn.requested')} times`)
    if (answers !== 1) broken.push(`${life} has ${answers} answers to its spawn.requested`)
    if (count('process.exited') !== count('process.spawned'))
      broken.push(`${life} has ${count('process.exited')} exits`)
  }
  return [...broken, ...brokenNumbers(events), ...brokenBodies(events)]
}

function movedLives(events: readonly RecordedEvent[]): ReadonlySet<string> {
  return new Set(
    events
      .filter((event) => event.type === 'child.released' || (event.type === 'child.added' && event.data.adopted))
      .map(({ stream, incarnation }) => `${stream}#${incarnation}`),
  )
}

/** Tasks and nested supervisors live without a process, but by the same events. */
function lives(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly EventType[]> {
  const found = new Map<string, EventType[]>()
  for (const { stream, incarnation, type } of events) {
    if (incarnation === undefined || incarnation === 0) continue
    const key = `${stream}#${incarnation}`
    const types = found.get(key) ?? []
    types.push(type)
    found.set(key, types)
  }
  return found
}

function brokenNumbers(events: readonly RecordedEvent[]): readonly string[] {
  const broken: string[] = []
  const last = new Map<string, number>()
  for (const { type, stream, incarnation = 0 } of events) {
    if (type === 'child.added') last.set(stream, incarnation)
    if (type !== 'spawn.requested') continue
    const expected = (last.get(stream) ?? 0) + 1
    if (incarnation !== expected) broken.push(`${stream} went on with life ${incarnation}, expected ${expected}`)
    last.set(stream, incarnation)
  }
  return broken
}

/** What lives without a process has no pid at its end either, no output, and nothing is sent to it. */
function brokenBodies(events: readonly RecordedEvent[]): readonly string[] {
  const broken: string[] = []
  const bodiless = new Set<string>()
  for (const { type, stream, incarnation = 0, data } of events) {
    const life = `${stream}#${incarnation}`
    if (type === 'process.spawned' && data.pid === null) bodiless.add(life)
    if (!bodiless.has(life)) continue
    if (type === 'process.exited' && data.pid !== null) broken.push(`${life} has no process and ends as ${data.pid}`)
    if (type === 'process.drained' || type === 'signal.sent') broken.push(`${life} has no process and yet ${type}`)
  }
  return broken
}
