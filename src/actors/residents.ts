import type { ErrorCode } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import { link, unlink } from '../machines/links.ts'
import { newLinks, type LiveTree } from '../machines/live-tree.ts'
import { parentOf } from '../machines/stream-name.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { nestedPolicy } from '../spec/nested-policy.ts'
import type { Place } from './place.ts'

/** A child as its tree knows it: how it was given, where it lives, and its public face. */
export interface Resident<Home, Handle> {
  readonly spec: ChildSpec
  readonly place: Place<Home>
  readonly handle: Handle
}

/** A child that is about to be registered: a new one, or one that has lived elsewhere. */
export interface Coming<Home, Handle> {
  /** As it is here. */
  readonly spec: ChildSpec
  readonly from?: Resident<Home, Handle>
}

/** Who lives in a tree: what events say of it becomes the rules and links that decisions ask for, and handles. */
export interface Residents<Home, Handle> {
  of(stream: string): Resident<Home, Handle> | undefined
  specOf(stream: string): ChildSpec | undefined
  /** Where a child lives, also one that has moved, as long as something of it is still to be told here. */
  placeOf(stream: string): Place<Home> | undefined
  /** Names the child that `work` adds, and gives its stream. */
  expecting(
    coming: Coming<Home, Handle>,
    work: () => ErrorCode | undefined,
  ): { readonly stream: string } | { readonly refused: ErrorCode }
  /** Takes in a child that a log has told of; a supervisor before what is below it. */
  inherit(stream: string, spec: ChildSpec): void
  /** Called for each batch that became truth. */
  follow(events: readonly RecordedEvent[], dropped: readonly ChildState[]): void
  /** All was told of a child that has moved. */
  left(stream: string): void
}

export interface ResidentsParts<Home, Handle> {
  readonly tree: LiveTree
  readonly home: () => Home
  readonly makeHandle: (place: Place<Home>, spec: ChildSpec) => Handle
  /** Nothing of it may go on. */
  readonly forget: (stream: string) => void
}

export function createResidents<Home, Handle extends { dropped(last: ChildState): void }>(
  parts: ResidentsParts<Home, Handle>,
): Residents<Home, Handle> {
  const { tree, home, makeHandle, forget } = parts
  const residents = new Map<string, Resident<Home, Handle>>()
  const departed = new Map<string, Place<Home>>()
  /** What is being added right now: `child.added` makes it truth, and this is what it was about. */
  let coming: Coming<Home, Handle> | undefined
  let came: string | undefined

  const settle = (stream: string, { spec, from }: Coming<Home, Handle>, isCurrent: boolean): void => {
    const child = tree.child(stream)
    const links = child === undefined ? undefined : tree.links.get(child.parent)
    if (links === undefined) return
    came = stream
    coming = undefined
    tree.policies.set(stream, spec)
    link(links, stream, spec, isCurrent)
    if (spec.kind === 'supervisor') tree.links.set(stream, newLinks(nestedPolicy(spec)))
    if (from === undefined) {
      const place = { home: home(), stream }
      residents.set(stream, { spec, place, handle: makeHandle(place, spec) })
      return
    }
    from.place.home = home()
    from.place.stream = stream
    residents.set(stream, { ...from, spec })
  }

  const replaced = (stream: string, by: string): void => {
    const child = tree.child(by) ?? tree.child(stream)
    const links = child === undefined ? undefined : tree.links.get(child.parent)
    if (child !== undefined) links?.streams.set(child.view.id, by)
  }

  const deregister = ({ stream, type }: RecordedEvent): void => {
    const resident = residents.get(stream)
    const links = tree.links.get(parentOf(stream))
    if (resident !== undefined && links !== undefined) unlink(links, stream, resident.spec)
    if (type === 'child.released' && resident !== undefined) departed.set(stream, resident.place)
    else forget(stream)
    residents.delete(stream)
    tree.policies.delete(stream)
    tree.notes.delete(stream)
    tree.links.delete(stream)
  }

  return {
    of: (stream) => residents.get(stream),
    specOf: (stream) => residents.get(stream)?.spec,
    placeOf: (stream) => residents.get(stream)?.place ?? departed.get(stream),
    expecting(next, work) {
      coming = next
      came = undefined
      const refused = work()
      coming = undefined
      if (refused !== undefined) return { refused }
      if (came === undefined) throw new Error(`"${next.spec.id}" was added and is not there`)
      return { stream: came }
    },
    inherit: (stream, spec) => settle(stream, { spec }, (tree.child(stream)?.slot ?? -1) >= 0),
    follow(events, dropped) {
      for (const last of dropped) residents.get(last.stream)?.handle.dropped(last)
      for (const event of events) {
        switch (event.type) {
          case 'child.added':
            // An adopted one takes its place at once: `child.replaced` follows.
            if (coming !== undefined) settle(event.stream, coming, event.data.beside === undefined)
            break
          case 'child.replaced':
            replaced(event.stream, event.data.by)
            break
          case 'child.removed':
          case 'child.released':
            deregister(event)
            break
          default:
        }
      }
    },
    left: (stream) => void departed.delete(stream),
  }
}
