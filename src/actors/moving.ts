import type { ErrorCode } from '../errors.ts'
import type { ChildState } from '../machines/child-state.ts'
import { noNotes, type ChildNotes, type LiveTree } from '../machines/live-tree.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildView } from '../machines/view.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { describeSpec } from '../spec/describe-spec.ts'
import type { Channel } from '../streams/channel.ts'
import type { Dispatch } from './dispatch.ts'
import type { Effects, Unfinished } from './effects.ts'
import type { Incarnations, LifeLine } from './incarnations.ts'
import type { LineOutputs } from './line-outputs.ts'
import type { Lives, Lodging } from './lives.ts'
import type { Publisher } from './publisher.ts'
import type { Resident, Residents } from './residents.ts'
import type { Waiter, Waiters } from './waiters.ts'

/** A child as it stands in a log and in the rules of a tree. */
interface Packed<Home, Handle> {
  readonly resident: Resident<Home, Handle>
  readonly state: ChildState
  readonly notes: ChildNotes
}

/** What only a living host knows of it. */
interface Luggage {
  readonly lodging: Lodging | undefined
  readonly unfinished: Unfinished
  readonly line: LifeLine | undefined
  readonly shown: Channel<ChildView> | undefined
  readonly waiters: readonly Waiter[]
}

/** Everything that a child takes along. */
export interface Leaving<Home, Handle> extends Packed<Home, Handle>, Luggage {}

/** How children come to a tree alive, and leave it alive. All of it only within a turn: between them a child is nowhere. */
export interface Moving<Home, Handle> {
  letGo(stream: string): Leaving<Home, Handle> | { readonly refused: ErrorCode }
  /**
   * It has become truth that a child leaves. What follows may be the end of its tree, which closes whatever is left in it:
   * so what goes along is taken out first.
   */
  left(stream: string): void
  /** `beside`: the sibling in whose place it is put. */
  takeIn(parent: string, leaving: Leaving<Home, Handle>, beside?: string): void
  /** From one supervisor to another of the same tree. */
  moveWithin(stream: string, parent: string, beside?: string): void
}

export interface MovingParts<Home, Handle> {
  readonly tree: LiveTree
  readonly dispatch: Dispatch
  readonly residents: Residents<Home, Handle>
  readonly lives: Lives
  readonly effects: Effects
  readonly incarnations: Incarnations
  readonly publisher: Publisher
  readonly waiters: Waiters
  readonly outputs: LineOutputs
  readonly isPrivate: boolean
}

export function createMoving<Home, Handle extends { readonly spec: ChildSpec }>(
  parts: MovingParts<Home, Handle>,
): Moving<Home, Handle> {
  const { tree, dispatch, residents, lives, effects, incarnations, publisher, waiters, outputs, isPrivate } = parts

  const pack = (stream: string): Packed<Home, Handle> | undefined => {
    const resident = residents.of(stream)
    const state = tree.child(stream)
    return resident === undefined || state === undefined
      ? undefined
      : { resident, state, notes: tree.notes.get(stream) ?? noNotes }
  }

  /** Between its leaving and its arrival, within one turn. */
  const inTransit = new Map<string, Luggage>()

  const unload = (stream: string): Luggage => {
    const luggage = inTransit.get(stream)
    if (luggage === undefined) throw new Error(`"${stream}" has not left`)
    inTransit.delete(stream)
    return luggage
  }

  const takeOut = (stream: string): Luggage => {
    // Writers and loggers are found again by the first line that is said elsewhere.
    outputs.drained(stream)
    outputs.forget(stream)
    return {
      lodging: lives.leave(stream),
      unfinished: effects.leave(stream),
      line: incarnations.leave(stream),
      shown: publisher.leave(stream),
      waiters: waiters.leave(stream),
    }
  }

  const load = (stream: string, luggage: Luggage): void => {
    if (luggage.lodging !== undefined) lives.enter(stream, luggage.lodging)
    effects.enter(stream, luggage.unfinished)
    if (luggage.line !== undefined) incarnations.enter(stream, luggage.line)
    if (luggage.shown !== undefined) publisher.enter(stream, luggage.shown)
    waiters.join(stream, luggage.waiters)
    dispatch.apply({ of: 'settleIn', stream })
  }

  const register = (parent: string, { resident, state, notes }: Packed<Home, Handle>, beside?: string): string => {
    const given = resident.handle.spec
    const spec = isPrivate ? alone(given) : given
    const place = beside === undefined ? {} : { beside }
    const adopted = { state, notes }
    const taken = residents.expecting({ spec, from: resident }, () =>
      dispatch.apply({ of: 'add', parent, policy: spec, spec: describeSpec(spec), adopted, ...place }),
    )
    if ('refused' in taken) throw new Error(`"${spec.id}" was let go and cannot be taken in: ${taken.refused}`)
    return taken.stream
  }

  return {
    letGo(stream) {
      const known = pack(stream)
      if (known === undefined) return { refused: 'ERR_CHILD_NOT_FOUND' }
      const refused = dispatch.apply({ of: 'release', stream })
      if (refused !== undefined) return { refused }
      const luggage = unload(stream)
      // It was there for this one child.
      if (isPrivate) dispatch.apply({ of: 'stop', stream: ROOT, now: false, cause: 'operator', outcome: 'stopped' })
      return { ...known, ...luggage }
    },
    left: (stream) => void inTransit.set(stream, takeOut(stream)),
    takeIn(parent, leaving, beside) {
      load(register(parent, leaving, beside), leaving)
    },
    moveWithin(stream, parent, beside) {
      const known = pack(stream)
      if (known === undefined) return
      // It arrives before it leaves: what follows from its leaving may be that this very tree takes nobody in any more.
      const arrived = register(parent, known, beside)
      dispatch.apply({ of: 'release', stream })
      load(arrived, unload(stream))
    },
  }
}

/** Among no siblings there is nobody to wait for. */
function alone(spec: ChildSpec): ChildSpec {
  return spec.after.length === 0 ? spec : { ...spec, after: [] }
}
