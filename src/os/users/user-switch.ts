import { BroodError } from '../../errors.ts'
import type { ProcessUser } from '../../ports.ts'
import { findSetpriv } from './find-setpriv.ts'
import { readPrivileges, type Privileges } from './privileges.ts'
import { resolveUser, type ResolvedUser } from './resolve-user.ts'
import { createUserDatabase, type UserDatabase } from './user-database.ts'

/** How a process comes to run as a user. */
export interface UserSwitch {
  /** For Node's own spawn; absent where nothing has to be switched, or where the launcher does it. */
  readonly ids?: { readonly uid: number; readonly gid: number }
  /** A program that switches the user and becomes what follows its arguments; still the host's. */
  readonly launcher?: readonly string[]
  /** What is to follow them, before the command: the user's already. */
  readonly lander?: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** What of it cannot be done or promised here, for people. */
  readonly shortfalls: readonly string[]
}

export interface UserSwitchParts {
  readonly database: UserDatabase
  readonly setpriv: () => string | undefined
  readonly privileges: () => Privileges
  /** Who this process is, by its real and effective ids; undefined where a platform has none. */
  readonly own: () => readonly [uid: number, euid: number, gid: number, egid: number] | undefined
}

/**
 * Plans the switch to a user. `fixedName`: the process is to see a name other than its command's, which no launcher can
 * give it. `launched`: what Node spawns has to be the host's still, so only a launcher will do.
 *
 * @throws {BroodError} ERR_USER_NOT_FOUND; ERR_UNSUPPORTED where there are no user ids, or no launcher; an error with code
 * `EPERM` where this process may not start or could not end processes of that user
 */
export type SwitchUser = (user: ProcessUser, fixedName: boolean, launched?: boolean) => UserSwitch

export function createUserSwitch({ database, setpriv, privileges, own }: UserSwitchParts): SwitchUser {
  return (user, fixedName, launched = false) => {
    const ours = own()
    if (ours === undefined) throw new BroodError('ERR_UNSUPPORTED', 'Expected no `user`: this platform has no user ids')
    const resolved = resolveUser(user, database)
    const { uid, gid, groups, variables } = resolved
    const [realUid, effectiveUid, realGid, effectiveGid] = ours
    const isOwn = realUid === uid && effectiveUid === uid && realGid === gid && effectiveGid === gid
    // Its own user may be anybody's, without any privilege.
    if (isOwn) return { variables, shortfalls: [] }

    const may = privileges()
    // A process that could be started but never ended is worse than none.
    if (!may.start || !may.signal) throw Object.assign(new Error('Not permitted'), { code: 'EPERM' })
    const shortfalls = may.inspect || uid === effectiveUid ? [] : [unseen(resolved)]
    if (groups.length === 0 && !launched) return { ids: { uid, gid }, variables, shortfalls }

    const program = fixedName ? undefined : setpriv()
    if (program !== undefined) {
      return { launcher: [program, ...optionsFor(resolved)], lander: [program, '--'], variables, shortfalls }
    }
    if (launched) throw new BroodError('ERR_UNSUPPORTED', 'Expected no `user`: there is no setpriv(1) to become it')
    const why = fixedName ? '`argv0` leaves nobody to keep them' : 'there is no setpriv(1) of util-linux to keep them'
    return { ids: { uid, gid }, variables, shortfalls: [...shortfalls, groupless(resolved, why)] }
  }
}

/**
 * For a setpriv that runs another one. It keeps its capabilities beyond the switch, up to its exec (PR_SET_KEEPCAPS), and
 * would so run a program that only root may run; the second has none left and is the user. Ids only: names would be
 * looked up again, and perhaps elsewhere. The group list is what initgroups(3) would make.
 */
function optionsFor({ uid, gid, groups }: ResolvedUser): readonly string[] {
  const ids = ['--reuid', String(uid), '--regid', String(gid)]
  const listed = groups.length === 0 ? ['--clear-groups'] : ['--groups', [gid, ...groups].join(',')]
  return [...ids, ...listed, '--inh-caps=-all', '--ambient-caps=-all', '--']
}

// libuv empties the list of groups before it switches (uv__process_child_init), and knows no other.
function groupless({ uid, groups }: ResolvedUser, why: string): string {
  return `Processes of uid ${uid} run without its supplementary groups (${groups.join(', ')}): ${why}.`
}

function unseen({ uid }: ResolvedUser): string {
  return `Processes of uid ${uid} that leave their group cannot be found: this process lacks CAP_SYS_PTRACE.`
}

/** The users of this machine. */
export const switchUser: SwitchUser = createUserSwitch({
  database: createUserDatabase(),
  setpriv: findSetpriv,
  privileges: readPrivileges,
  own() {
    const { getuid, geteuid, getgid, getegid } = process
    if (getuid === undefined || geteuid === undefined || getgid === undefined || getegid === undefined) return undefined
    return [getuid(), geteuid(), getgid(), getegid()]
  },
})
