import type { Supervisor } from '../actors/handles.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import { dismiss, launch, type Member } from './member.ts'

/**
 * Puts a child with other options in the place of a member's: the old one is stopped and removed, and unless
 * `isUnwanted` by then, the new one added and started. An old one that cannot be killed keeps its place.
 * @throws {BroodError} rejects with what `supervisor.add` throws
 */
export function replaceChild(
  member: Member,
  supervisor: Supervisor,
  options: ChildOptions,
  isUnwanted: () => boolean,
): Promise<void> {
  return leave(member, supervisor, () => {
    if (member.child === undefined && !isUnwanted()) launch(member, supervisor, options)
  })
}

/** Stops and removes a member's child; meanwhile nothing else is done about it, and `next` before anybody else can. */
export async function leave(member: Member, supervisor: Supervisor, next: () => void = () => {}): Promise<void> {
  const left = Promise.withResolvers<void>()
  member.leaving = left.promise
  await dismiss(member, supervisor)
  member.leaving = undefined
  try {
    next()
  } finally {
    left.resolve()
  }
}
