import type { ProcessIdentity } from '../events/identity.ts'
import type { ChildInput } from '../machines/input.ts'
import type { AdoptRequest, LifeObservation, ProcessLife } from '../ports.ts'
import type { ProcessSpec, TaskSpec } from '../spec/child-spec.ts'
import { pieceRedactor, redactor } from '../spec/redact.ts'
import { spawnRequest } from '../spec/spawn-request.ts'
import { createStderrTail, type StderrTail } from '../streams/stderr-tail.ts'
import { lineMatcher } from './line-matcher.ts'
import type { LineOutputs } from './line-outputs.ts'
import type { OutputLine } from './output-line.ts'
import type { Place } from './place.ts'
import type { LeasedLife, SessionLease } from './session-lease.ts'
import type { Failure } from '../tasks/failure.ts'
import { beginTask, type TaskLife } from './task-life.ts'

/** What is held of a child's current or last process, by whichever tree owns the child. */
export interface HeldLife {
  readonly incarnation: number
  readonly tail: StderrTail
  /** Undefined only while the host is still within its `spawn`, and of what is no process. */
  leased: LeasedLife | undefined
  /** The same, where it is no process but the run of a task. */
  readonly task?: TaskLife
}

/** The lives of one child. They follow it wherever it moves. */
export interface Lodging {
  current: HeldLife | undefined
  /** Those before it of which the host has still something to tell. */
  earlier: readonly HeldLife[]
  /** Those whose sweep has found somebody: escapees may outlive several restarts. */
  readonly haunting: Set<HeldLife>
  /** The child was removed: what its owner asked for its lines is over. */
  isForgotten: boolean
}

/** What a life tells the tree that owns its child by now. */
export interface LifeHome {
  observe(stream: string, incarnation: number, input: ChildInput): void
  isProbing(stream: string): boolean
  publishLine(line: OutputLine): void
  readonly outputs: LineOutputs
  /** Only a sweep that has found and killed somebody is still awaited: the proof that they are gone has to come in time. */
  proofDue(stream: string): void
}

export interface LivesParts {
  readonly lease: SessionLease
  readonly now: () => number
}

export interface Lives {
  spawn(place: Place<LifeHome>, incarnation: number, spec: ProcessSpec): void
  /** The same for a task, which is there at once. */
  begin(place: Place<LifeHome>, incarnation: number, spec: TaskSpec): void
  /** Takes over a life that an earlier host has spawned. Of its output there is nothing to hear. */
  adopt(place: Place<LifeHome>, incarnation: number, spec: ProcessSpec, request: AdoptRequest): void
  /** The process of this very life, or undefined where it never had one or has another by now. */
  of(stream: string, incarnation: number): ProcessLife | undefined
  /**
   * What is left alive of the current life, and of earlier ones whose sweep has found somebody. `unnamed`: a task's run
   * goes on, which has no identity.
   */
  survivors(stream: string, done: (survivors: readonly ProcessIdentity[], unnamed: boolean) => void): void
  /** What the current or last run of a task failed with. */
  failure(stream: string): Failure | undefined
  tail(stream: string): string | undefined
  /** Lets the lives of a child go with it to another tree. */
  leave(stream: string): Lodging | undefined
  enter(stream: string, lodging: Lodging): void
  forget(stream: string): void
  /** The tree has stopped: it knows no more of what it could not end. */
  close(): void
}

/** How long output is awaited after an exit, in milliseconds: nothing waits for a pipe that a grandchild holds. */
const DRAIN_MS = 200

const leasedOf = (entries: Iterable<HeldLife | undefined>): readonly LeasedLife[] =>
  [...new Set(entries)].flatMap((entry) => entry?.leased ?? [])

const all = ({ current, earlier }: Lodging): readonly LeasedLife[] => leasedOf([current, ...earlier])

/** Of the lives before only those stay that the host is not done with. */
function moveIn(lodging: Lodging, entry: HeldLife): void {
  const before = lodging.current === undefined ? lodging.earlier : [...lodging.earlier, lodging.current]
  if (before.length > 0) lodging.earlier = before.filter(({ leased }) => leased?.isOver === false)
  lodging.current = entry
}

export function createLives({ lease, now }: LivesParts): Lives {
  const lodgings = new Map<string, Lodging>()

  const lodgingOf = (stream: string): Lodging => {
    const known = lodgings.get(stream)
    if (known !== undefined) return known
    const lodging: Lodging = { current: undefined, earlier: [], haunting: new Set(), isForgotten: false }
    lodgings.set(stream, lodging)
    return lodging
  }
  /** Makes room for a life, and gives what its host is to tell. */
  const lodge = (
    place: Place<LifeHome>,
    incarnation: number,
    spec: ProcessSpec,
  ): { readonly entry: HeldLife; readonly hear: (observation: LifeObservation) => void } => {
    const redact = redactor(spec.secrets)
    // Of a long line, too, whose pieces somebody may put together again.
    const hide = { stdout: pieceRedactor(spec.secrets), stderr: pieceRedactor(spec.secrets) }
    let pid: number | null = null
    const tail = createStderrTail(redact)
    const entry: HeldLife = { incarnation, tail, leased: undefined }
    const matches = typeof spec.ready === 'object' ? lineMatcher(spec.ready) : undefined
    const lodging = lodgingOf(place.stream)
    moveIn(lodging, entry)
    const observe = (input: ChildInput): void => place.home.observe(place.stream, incarnation, input)

    const heard = ({ source, text, truncated }: Extract<LifeObservation, { kind: 'line' }>): void => {
      const shown = hide[source](text, truncated)
      if (source === 'stderr') tail.add(shown)
      const piece = truncated ? { truncated } : {}
      const { home, stream } = place
      const line: OutputLine = { stream, child: spec.id, incarnation, source, text: shown, ...piece, at: now() }
      // First what was asked for by the child's owner: a subscriber may do anything, and be it a removal.
      if (!lodging.isForgotten) home.outputs.write(spec, line, pid)
      home.publishLine(line)
      // After the line itself: whoever waits for readiness has then seen why.
      if (matches?.(source, text, truncated) === true && place.home.isProbing(place.stream)) observe({ kind: 'ready' })
    }

    const hear = (observation: LifeObservation): void => {
      switch (observation.kind) {
        case 'line':
          return heard(observation)
        case 'spawned':
          ;({ pid } = observation)
          return observe(observation)
        case 'drained':
          place.home.outputs.drained(place.stream)
          return observe(observation)
        case 'spawnFailed':
          return observe({ ...observation, message: redact(observation.message) })
        case 'escapee': {
          const sent = { signal: 'SIGKILL', to: 'escapee', stage: 'sweep', pid: observation.identity.pid } as const
          lodging.haunting.add(entry)
          if (observation.delivered) observe({ kind: 'signalled', ...sent })
          return place.home.proofDue(place.stream)
        }
        case 'gone':
          observe(observation)
          return lodging.haunting.size > 0 ? place.home.proofDue(place.stream) : undefined
        case 'swept':
          lodging.haunting.delete(entry)
          return observe(observation)
        default:
          return observe(observation)
      }
    }
    return { entry, hear }
  }

  return {
    spawn(place, incarnation, spec) {
      const { entry, hear } = lodge(place, incarnation, spec)
      const request = spawnRequest(spec, { stream: place.stream, incarnation }, DRAIN_MS)
      entry.leased = lease.spawn(request, hear)
    },
    adopt(place, incarnation, spec, request) {
      const { entry, hear } = lodge(place, incarnation, spec)
      entry.leased = lease.adopt(request, hear)
    },
    begin(place, incarnation, { run }) {
      const observe = (input: ChildInput): void => place.home.observe(place.stream, incarnation, input)
      const task = beginTask(run, observe)
      const tail = createStderrTail((text) => text)
      lodgingOf(place.stream).current = { incarnation, tail, leased: undefined, task }
      observe({ kind: 'spawned', pid: null, identity: null, spawnMs: null })
    },
    of(stream, incarnation) {
      const entry = lodgings.get(stream)?.current
      return entry?.incarnation === incarnation ? (entry.task ?? entry.leased?.life) : undefined
    },
    survivors(stream, done) {
      const lodging = lodgings.get(stream)
      if (lodging === undefined) return
      const { task } = lodging.current ?? {}
      const leased = leasedOf([lodging.current, ...lodging.haunting])
      const lives = [...leased.map(({ life }) => life), ...(task === undefined ? [] : [task])]
      const found: ProcessIdentity[] = []
      let asked = lives.length
      const hear = (some: readonly ProcessIdentity[]): void => {
        found.push(...some)
        asked -= 1
        if (asked === 0) done(found, lodging.current?.task?.isRunning === true)
      }
      for (const life of lives) life.survivors(hear)
    },
    failure: (stream) => lodgings.get(stream)?.current?.task?.failure,
    tail: (stream) => lodgings.get(stream)?.current?.tail.text(),
    leave(stream) {
      const lodging = lodgings.get(stream)
      lodgings.delete(stream)
      for (const leased of lodging === undefined ? [] : all(lodging)) leased.leave()
      return lodging
    },
    enter: (stream, lodging) => void lodgings.set(stream, lodging),
    forget(stream) {
      const lodging = lodgings.get(stream)
      lodgings.delete(stream)
      if (lodging === undefined) return
      lodging.isForgotten = true
      for (const leased of all(lodging)) leased.abandon()
    },
    close() {
      for (const lodging of lodgings.values()) for (const leased of all(lodging)) leased.abandon()
      lease.close()
    },
  }
}
