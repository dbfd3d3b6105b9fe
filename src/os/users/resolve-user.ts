import { BroodError } from '../../errors.ts'
import type { ProcessUser } from '../../ports.ts'
import type { Account } from './account-files.ts'
import type { UserDatabase } from './user-database.ts'

/** A user as the kernel needs to know it, and as programs ask for it. */
export interface ResolvedUser {
  readonly uid: number
  readonly gid: number
  /** The supplementary groups, without `gid`. */
  readonly groups: readonly number[]
  /** `HOME` and, for who has an account, `USER`, `LOGNAME` and `SHELL`. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Looks a user up, completely: whatever were left out would be the host's. A uid alone would keep the host's group, which
 * is root's; so its group is that of its account. A uid with a gid is exactly these two, without supplementary groups.
 *
 * @throws {BroodError} ERR_USER_NOT_FOUND for an unknown name, and for an unknown uid without a gid
 */
export function resolveUser(user: ProcessUser, database: UserDatabase): ResolvedUser {
  if (typeof user === 'string') {
    const account = database.named(user)
    if (account !== undefined) return wholeAccount(account, database)
    throw notFound(`\`${user}\`, got no such name in /etc/passwd (of a user from elsewhere give \`{ uid, gid }\`)`)
  }
  const { uid, gid } = user
  const account = database.withUid(uid)
  if (gid !== undefined) return { uid, gid, groups: [], variables: variablesOf(account) }
  if (account !== undefined) return wholeAccount(account, database)
  throw notFound(`uid ${uid}, got no account of it in /etc/passwd that would tell its group (give \`gid\` too)`)
}

function wholeAccount(account: Account, database: UserDatabase): ResolvedUser {
  const { name, uid, gid } = account
  const groups = database.groupsOf(name).filter((group) => group !== gid)
  return { uid, gid, groups, variables: variablesOf(account) }
}

/** Of who has no account nothing is known; `/`, as in containers, is a home that is never the host's. */
function variablesOf(account: Account | undefined): Readonly<Record<string, string>> {
  if (account === undefined) return { HOME: '/' }
  const { name, home, shell } = account
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell }
}

function notFound(expected: string): BroodError {
  return new BroodError('ERR_USER_NOT_FOUND', `Expected \`user\` to be known: ${expected}`)
}
