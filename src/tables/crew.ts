import type { Inside } from '../actors/inside.ts'
import type { Supervisor } from '../actors/handles.ts'
import type { Asker } from './ask.ts'
import { dismiss, newMember, type Member } from './member.ts'
import type { Table } from './table.ts'
import type { Tell } from './trouble.ts'

export interface CrewParts extends Asker {
  /** By key; what could not be killed is left in it by one run for the next. */
  readonly members: Map<string, Member>
  readonly supervisor: Supervisor
  readonly table: Table
  readonly tell: Tell
  readonly inside: Inside
}

/** The children of a table during one run of it. */
export interface Crew extends CrewParts {
  /** The number of the last reconciliation that has begun. */
  pass: number
}

export function createCrew(parts: CrewParts): Crew {
  return { ...parts, pass: 0 }
}

/** The member of a key, a new one where there is none. */
export function memberOf({ members, pass }: Crew, key: string): Member {
  const known = members.get(key)
  if (known !== undefined) return known
  const member = newMember(key, pass)
  members.set(key, member)
  return member
}

/** Forgets a member of which nothing is left, and nobody's wish either. */
export function forgetIfIdle({ members }: Crew, member: Member): void {
  const { key, child, cut, leaving, held } = member
  if (child === undefined && cut === undefined && leaving === undefined && !held && members.get(key) === member) {
    members.delete(key)
  }
}

/** Stops and removes all, side by side. What is on its way out already is waited for. */
export async function dismissAll(crew: Crew): Promise<void> {
  await Promise.all(
    [...crew.members.values()].map(async (member) => {
      await member.leaving
      await dismiss(member, crew.supervisor)
      member.held = false
      member.starting = undefined
      member.seen = 0
      forgetIfIdle(crew, member)
    }),
  )
}
