import { parseGroup, parsePasswd, type Account } from './account-files.ts'
import { cachedFile } from './cached-file.ts'

/** Who there is on this machine. Asking may throw what reading a file throws; a missing file is an empty one. */
export interface UserDatabase {
  named(name: string): Account | undefined
  withUid(uid: number): Account | undefined
  /** The groups that list `name` as a member, each once. */
  groupsOf(name: string): readonly number[]
}

export interface AccountFiles {
  readonly passwd: string
  readonly group: string
}

/**
 * The users in `/etc/passwd` and `/etc/group`. Read synchronously, because a spawn is: two small local files, kept until
 * they change. Not asked: LDAP, systemd-homed, macOS's directory and whatever else NSS knows, since only getpwnam(3)
 * could, and that may wait for a network. Of such a user the ids have to be given.
 */
export function createUserDatabase({ passwd, group }: AccountFiles = systemFiles): UserDatabase {
  const accounts = cachedFile(passwd, (text) => {
    const all = parsePasswd(text)
    // The first of several is the one that counts, as for getpwnam(3) and getpwuid(3).
    const firstByName = new Map(all.toReversed().map((account) => [account.name, account]))
    const firstByUid = new Map(all.toReversed().map((account) => [account.uid, account]))
    return { firstByName, firstByUid }
  })
  const groups = cachedFile(group, parseGroup)
  return {
    named: (name) => accounts().firstByName.get(name),
    withUid: (uid) => accounts().firstByUid.get(uid),
    groupsOf: (name) => [...new Set(groups().flatMap(({ gid, members }) => (members.includes(name) ? [gid] : [])))],
  }
}

const systemFiles: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' }
