import type { ChildState } from './child-state.ts'
import { newSupervisor, type SupervisorState } from './supervisor-state.ts'

/** Where a fold reads and writes the nodes of a tree: the tree itself in a replay, a draft of it in a decision. */
export interface TreeStore {
  child(stream: string): ChildState | undefined
  setChild(stream: string, child: ChildState): void
  /** Takes a removed child out; `last` is how it was at the end. */
  dropChild(last: ChildState): void
  supervisor(stream: string): SupervisorState | undefined
  setSupervisor(stream: string, supervisor: SupervisorState | undefined): void
  revision(stream: string): number
  setRevision(stream: string, revision: number): void
  registrations(base: string): number
  setRegistrations(base: string, count: number): void
}

/** The fold of one journal: every supervisor and child of a tree, each node immutable, the tree itself not. */
export interface Tree extends TreeStore {
  seq: number
  readonly children: Map<string, ChildState>
  readonly supervisors: Map<string, SupervisorState>
  readonly revisions: Map<string, number>
  readonly registered: Map<string, number>
}

export const ROOT = '/'

export function createTree(id = 'root', strategy: SupervisorState['strategy'] = 'one-for-one'): Tree {
  const children = new Map<string, ChildState>()
  const supervisors = new Map([[ROOT, newSupervisor(ROOT, id, null, strategy, 0)]])
  const revisions = new Map<string, number>()
  const registered = new Map<string, number>()
  return {
    seq: 0,
    children,
    supervisors,
    revisions,
    registered,
    child: (stream) => children.get(stream),
    setChild: (stream, child) => void children.set(stream, child),
    dropChild: ({ stream }) => void children.delete(stream),
    supervisor: (stream) => supervisors.get(stream),
    setSupervisor: (stream, node) =>
      void (node === undefined ? supervisors.delete(stream) : supervisors.set(stream, node)),
    revision: (stream) => revisions.get(stream) ?? 0,
    setRevision: (stream, revision) => void revisions.set(stream, revision),
    registrations: (base) => registered.get(base) ?? 0,
    setRegistrations: (base, count) => void registered.set(base, count),
  }
}
