import type { Outcome } from '../events/event.ts'
import type { Exit } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { ChildState } from '../machines/child-state.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { items } from '../machines/vector.ts'

/** How stopping one child went. */
export interface ChildStopReport {
  readonly id: string
  readonly stream: string
  readonly outcome: Outcome
  readonly exit?: Exit
  /** A SIGKILL of ours was sent. */
  readonly escalated: boolean
  /** Milliseconds from the accepted stop to the proof; 0 where nothing was asked. */
  readonly durationMs: number
}

/** What a stop has come to, for a child and everything below it. */
export interface StopReport {
  readonly children: readonly ChildStopReport[]
  /** What is still alive although it was killed. Empty means: proven gone. */
  readonly survivors: readonly ProcessIdentity[]
}

/** The report of a child, with those below it where it is a supervisor. */
export function reportChild(tree: LiveTree, child: ChildState): StopReport {
  const own = child.report
  const below = tree.supervisor(child.stream) === undefined ? undefined : reportSupervisor(tree, child.stream)
  const line: ChildStopReport = {
    id: child.view.id,
    stream: child.stream,
    outcome: own?.outcome ?? 'stopped',
    ...(own?.exit === undefined ? {} : { exit: own.exit }),
    escalated: own?.escalated ?? false,
    durationMs: own?.durationMs ?? 0,
  }
  return {
    children: [line, ...(below?.children ?? [])],
    survivors: [...(own?.survivors ?? []), ...(below?.survivors ?? [])],
  }
}

/** The reports of all children of a supervisor, flat, in start order. */
export function reportSupervisor(tree: LiveTree, stream: string): StopReport {
  const children: ChildStopReport[] = []
  const survivors: ProcessIdentity[] = []
  const supervisor = tree.supervisor(stream)
  for (const view of supervisor === undefined ? [] : items(supervisor.roster)) {
    const child = tree.child(view.stream)
    if (child === undefined) continue
    const report = reportChild(tree, child)
    children.push(...report.children)
    survivors.push(...report.survivors)
  }
  return { children, survivors }
}
