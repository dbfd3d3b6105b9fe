/** A line of `/etc/passwd`. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** A line of `/etc/group`. */
export interface AccountGroup {
  readonly gid: number
  /** Who is in it besides those whose own group it is. */
  readonly members: readonly string[]
}

/**
 * The accounts in the text of a `passwd` file, in its order. What is no account is passed over, as by glibc: comments,
 * the `+` and `-` lines of NIS, and numbers that no spawn takes.
 *
 * @see passwd(5): `name:password:uid:gid:comment:home:shell`; without a shell it is `/bin/sh`
 */
export function parsePasswd(text: string): readonly Account[] {
  return records(text).flatMap(([name = '', , uid, gid, , home, shell]) =>
    isNumber(uid) && isNumber(gid) && home !== undefined
      ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' }]
      : [],
  )
}

/** The groups in the text of a `group` file. @see group(5): `name:password:gid:member,member` */
export function parseGroup(text: string): readonly AccountGroup[] {
  return records(text).flatMap(([, , gid, members = '']) =>
    isNumber(gid) ? [{ gid: Number(gid), members: members.split(',').filter((member) => member !== '') }] : [],
  )
}

function records(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => /^[^#+\-:\s]/.test(line))
    .map((line) => line.split(':'))
}

/** Node gives libuv ids of 32 bits with a sign; larger ones are refused when it is too late to say why. */
export const largestId = 2 ** 31 - 1

function isNumber(field: string | undefined): field is string {
  return field !== undefined && /^\d+$/.test(field) && Number(field) <= largestId
}
