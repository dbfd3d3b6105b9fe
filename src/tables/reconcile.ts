import type { Child } from '../actors/handles.ts'
import { isBroodError } from '../errors.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import { equalChildSpecs } from '../spec/equal-child-specs.ts'
import { messageOf } from '../streams/message-of.ts'
import { checkRow, splitRow } from './check-row.ts'
import { forgetIfIdle, memberOf, type Crew } from './crew.ts'
import { launch, refresh, revive, type Member } from './member.ts'
import { readRows } from './read-rows.ts'
import { leave, replaceChild } from './replace-child.ts'

/** Compares the table with its children once, and does what follows; resolves when the table has been read. */
export type Reconcile = () => Promise<void>

/**
 * Makes the reconciliation of a crew. Each row is taken as it comes, so that a table which hangs in the middle holds up
 * nothing but what it keeps to itself; only what has to be known of all rows waits for the last.
 *
 * What is wrong with a row is told once, not at every reconciliation.
 */
export function createReconcile(crew: Crew): Reconcile {
  const { supervisor, signal, tell, inside } = crew
  const told = new Map<string, string>()

  const tellBadRow = (key: string, error: unknown): void => {
    // Nothing is wrong with a row of a supervisor that is over.
    if (signal.aborted || isBroodError(error, 'ERR_SUPERVISOR_STOPPED')) return
    const message = `Row "${key}": ${messageOf(error)}`
    if (told.get(key) === message) return
    told.set(key, message)
    tell({ callback: 'table.entries', problem: 'badAnswer', message })
  }

  /** False: its place cannot be taken yet, perhaps because it waits for a row that is to come. */
  const place = (member: Member, options: ChildOptions): boolean => {
    try {
      launch(member, supervisor, options)
      return true
    } catch (error) {
      tellBadRow(member.key, error)
      forgetIfIdle(crew, member)
      return false
    }
  }

  /** Those a child is `after` that are on their way out, perhaps to come back at once. */
  const leavers = (options: ChildOptions): readonly Promise<void>[] =>
    idsAfter(options).flatMap((id) => crew.members.get(id)?.leaving ?? [])

  const placeAfterLeavers = async (member: Member, options: ChildOptions): Promise<void> => {
    const awaited = leavers(options)
    if (awaited.length > 0) await Promise.all(awaited)
    if (isFree(member) && refresh(member, supervisor) === undefined) place(member, options)
  }

  const replace = async (member: Member, options: ChildOptions): Promise<void> => {
    const isUnwanted = (): boolean => signal.aborted || member.held || leavers(options).length > 0
    try {
      await replaceChild(member, supervisor, options, isUnwanted)
    } catch {
      // The old one is gone, and the new one was refused: by its place, which says why when it is asked again.
    }
    await placeAfterLeavers(member, options)
    forgetIfIdle(crew, member)
  }

  /** Nothing else is being done about it, and nobody has said that nothing is to be. */
  const isFree = ({ leaving, cut, held }: Member): boolean =>
    !signal.aborted && leaving === undefined && cut === undefined && !held

  const retire = async (member: Member): Promise<void> => {
    told.delete(member.key)
    member.held = false
    await leave(member, supervisor)
    member.held = false
    forgetIfIdle(crew, member)
  }

  /** Gives back a row that would have to be placed and waits for siblings that are not there. */
  const take = (key: string, given: unknown): ChildOptions | undefined => {
    const member = memberOf(crew, key)
    member.seen = crew.pass
    try {
      const options = checkRow(key, given, inside)
      if (!isFree(member)) return undefined
      const child = refresh(member, supervisor)
      if (child === undefined) {
        if (!siblingsAreThere(options)) return options
        if (place(member, options)) told.delete(key)
      } else {
        told.delete(key)
        if (!equalChildSpecs(child.spec, options, inside)) void replace(member, options)
        else if (hasFailed(child)) revive(member, child)
      }
    } catch (error) {
      tellBadRow(key, error)
      forgetIfIdle(crew, member)
    }
    return undefined
  }

  const siblingsAreThere = (options: ChildOptions): boolean =>
    leavers(options).length === 0 && idsAfter(options).every((id) => supervisor.child(id) !== undefined)

  return async () => {
    crew.pass += 1
    const keys = new Set<string>()
    let waiting = new Map<string, ChildOptions>()
    const isWhole = await readRows(crew, (row) => {
      if (signal.aborted) return
      try {
        const { key, options } = splitRow(row)
        if (keys.has(key)) throw new Error(`Expected the key "${key}" once`)
        keys.add(key)
        const rest = take(key, options)
        if (rest !== undefined) waiting.set(key, rest)
      } catch (error) {
        tellBadRow('?', error)
      }
    })
    if (signal.aborted) return
    for (let before = Infinity; waiting.size > 0 && waiting.size < before;) {
      before = waiting.size
      const again = waiting
      waiting = new Map()
      for (const [key, options] of again) {
        const rest = take(key, options)
        if (rest !== undefined) waiting.set(key, rest)
      }
    }
    // What is missing now is missing: its own refusal says which sibling that is.
    for (const [key, options] of waiting) void placeAfterLeavers(memberOf(crew, key), options)
    if (!isWhole) return
    for (const member of crew.members.values()) {
      if (member.seen < crew.pass && member.leaving === undefined && member.cut === undefined) void retire(member)
    }
  }
}

const idsAfter = ({ after = [] }: ChildOptions): readonly string[] =>
  Array.isArray(after) ? after : Object.keys(after)

/** Whether a child has come to a rest that is not what its row is there for. One that has finished has finished. */
function hasFailed({ view: { state, outcome } }: Child): boolean {
  return state === 'stopped' && outcome !== 'exited' && outcome !== 'unkillable'
}
