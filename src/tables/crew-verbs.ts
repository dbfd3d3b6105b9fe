import type { Child } from '../actors/handles.ts'
import type { StopReport } from '../actors/stop-report.ts'
import { BroodError, type ErrorCode } from '../errors.ts'
import type { ChildView } from '../machines/view.ts'
import { equalChildSpecs } from '../spec/equal-child-specs.ts'
import { messageOf } from '../streams/message-of.ts'
import { ask } from './ask.ts'
import { checkRow } from './check-row.ts'
import { forgetIfIdle, memberOf, type Crew } from './crew.ts'
import { launch, refresh, revive, type Member } from './member.ts'
import { replaceChild } from './replace-child.ts'
import { tableError } from './table-error.ts'
import type { TableRow } from './table.ts'
import { tellSilence } from './trouble.ts'

/** Starts the child of a key, with what the table says of it now. */
export async function startChild(crew: Crew, key: string): Promise<ChildView> {
  const member = memberOf(crew, key)
  const busy = whyNotStart(crew, member)
  if (busy !== undefined) {
    forgetIfIdle(crew, member)
    throw tableError(busy, 'start', key)
  }
  // What somebody starts by name is there, whatever a reconciliation that began before has not seen of it.
  member.seen = crew.pass
  member.held = false
  try {
    const row = await rowOf(crew, member)
    await raise(crew, member, row)
  } finally {
    forgetIfIdle(crew, member)
  }
  // Stopped meanwhile; or the old child, whose options are no longer those of the row, cannot be killed.
  if (member.starting === undefined) throw tableError(member.held ? 'ERR_ABORTED' : 'ERR_CHILD_STOPPING', 'start', key)
  return member.starting
}

function whyNotStart({ supervisor }: Crew, member: Member) {
  if (member.leaving !== undefined) return 'ERR_CHILD_STOPPING'
  if (member.cut !== undefined) return 'ERR_CHILD_EXISTS'
  const child = refresh(member, supervisor)
  // Somebody else's, with the same id.
  if (child === undefined) return supervisor.child(member.key) === undefined ? undefined : 'ERR_CHILD_EXISTS'
  const { state, desired } = child.view
  if (state === 'stopped' || state === 'initial') return undefined
  return state === 'stopping' || (state === 'settling' && desired === 'down')
    ? 'ERR_CHILD_STOPPING'
    : 'ERR_CHILD_EXISTS'
}

/** Asks the table for a row. Meanwhile a stop of the key cuts the wait, and so does the end of the run. */
async function rowOf(crew: Crew, member: Member): Promise<TableRow> {
  const { table, tell } = crew
  const { key } = member
  const { promise: isCut, reject } = Promise.withResolvers<never>()
  isCut.catch(() => {})
  member.cut = reject
  try {
    const answer = await Promise.race([ask(() => table.get(key), crew), isCut])
    switch (answer.kind) {
      case 'answered':
        // A database may say null.
        return answer.value ?? refuse('ERR_CHILD_NOT_FOUND', key)
      case 'over':
        throw tableError('ERR_SUPERVISOR_NOT_RUNNING', 'start', key)
      default: {
        tellSilence(tell, 'table.get', answer)
        const [why, cause] =
          answer.kind === 'threw' ? [messageOf(answer.error), answer.error] : ['its table does not answer', undefined]
        throw new BroodError('ERR_CHILD_NOT_FOUND', `Cannot start "${key}": ${why}`, { child: key, cause })
      }
    }
  } finally {
    member.cut = undefined
  }
}

/** Makes a start of a row out of it: the first, another life, or another child in place of the old one. */
async function raise(crew: Crew, member: Member, row: TableRow): Promise<void> {
  const { supervisor, signal, inside } = crew
  const options = checkRow(member.key, row, inside)
  if (signal.aborted) refuse('ERR_SUPERVISOR_NOT_RUNNING', member.key)
  // In the very moment of the answer.
  if (member.held) refuse('ERR_ABORTED', member.key)
  member.seen = crew.pass
  const child = refresh(member, supervisor)
  if (child === undefined) return launch(member, supervisor, options)
  // Somebody else was quicker, and has not started it through this table.
  if (child.view.state !== 'stopped' && child.view.state !== 'initial') {
    refuse('ERR_CHILD_EXISTS', member.key)
  }
  if (equalChildSpecs(child.spec, options, inside)) return revive(member, child)
  member.starting = undefined
  return replaceChild(member, supervisor, options, () => signal.aborted || member.held)
}

function refuse(code: ErrorCode, key: string): never {
  throw tableError(code, 'start', key)
}

/** Stops the child of a key for good, or until somebody starts it. */
export async function stopChild({ members, supervisor }: Crew, key: string): Promise<StopReport> {
  const member = members.get(key)
  if (member === undefined) throw tableError('ERR_CHILD_NOT_FOUND', 'stop', key)
  member.held = true
  member.cut?.(tableError('ERR_ABORTED', 'start', key))
  return refresh(member, supervisor)?.stop() ?? { children: [], survivors: [] }
}

/** The running child of a key. */
export function runningChild({ members, supervisor }: Crew, key: string): Child {
  const member = members.get(key)
  const child = member === undefined ? undefined : refresh(member, supervisor)
  if (child === undefined) throw tableError('ERR_CHILD_NOT_FOUND', 'get', key)
  if (child.view.state !== 'running') throw tableError('ERR_CHILD_NOT_RUNNING', 'get', key)
  return child
}
