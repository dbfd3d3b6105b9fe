import type { Child, Supervisor } from '../actors/handles.ts'
import type { ChildView } from '../machines/view.ts'

/** What is known of one key of a table during a run. There is never more than one child of it. */
export interface Member {
  readonly key: string
  child: Child | undefined
  /** The last start or restart that this table has asked for; its rejection is told by the child itself. */
  starting: Promise<ChildView> | undefined
  /** Somebody's `start` has asked the table for the row: cuts that short. */
  cut: ((reason: Error) => void) | undefined
  /** The child is on its way out; resolves when it is gone. */
  leaving: Promise<void> | undefined
  /** It was stopped by hand: reconciling leaves it alone. */
  held: boolean
  /** The last reconciliation that knew of its row. */
  seen: number
}

export function newMember(key: string, seen: number): Member {
  return { key, child: undefined, starting: undefined, cut: undefined, leaving: undefined, held: false, seen }
}

/** Forgets a child that somebody else has removed. */
export function refresh(member: Member, supervisor: Supervisor): Child | undefined {
  if (member.child !== undefined && supervisor.child(member.key) !== member.child) member.child = undefined
  return member.child
}

/** Registers and starts the child of a key that has none. @throws {BroodError} as `supervisor.add` */
export function launch(member: Member, supervisor: Supervisor, options: Parameters<Supervisor['add']>[0]): void {
  const child = supervisor.add(options, { start: false })
  member.child = child
  member.starting = quiet(child.start())
}

/** Gives a child that rests another life. */
export function revive(member: Member, child: Child): void {
  member.starting = quiet(child.view.state === 'initial' ? child.start() : child.restart())
}

/**
 * Stops a child and forgets it. What could not be killed stays, so that nobody begins another beside it; and of a
 * supervisor that stops the children are its own business, whose order and report they belong to: they are waited for.
 */
export async function dismiss(member: Member, supervisor: Supervisor): Promise<void> {
  const child = refresh(member, supervisor)
  if (child === undefined) return
  try {
    if (!isUp(supervisor)) {
      await child.when('stopped')
      return
    }
    const { children, survivors } = await child.stop()
    if (survivors.length > 0 || children.some(({ outcome }) => outcome === 'unkillable')) return
    await supervisor.remove(member.key)
  } catch {
    // Somebody else was quicker, or the supervisor is over by now.
  }
  refresh(member, supervisor)
}

/** Whether children can be started under a supervisor. */
export function isUp({ view: { state } }: Pick<Supervisor, 'view'>): boolean {
  return state === 'starting' || state === 'running'
}

/** A promise that may be left alone. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
