import { test } from 'vitest'
import { findSetpriv } from '../../../src/os/users/find-setpriv.ts'
import { readPrivileges } from '../../../src/os/users/privileges.ts'

const { start, signal, inspect } = readPrivileges()
const may = start && signal && inspect && findSetpriv() !== undefined

const reason = 'to start, find and end processes of another user takes all of root (CAP_SYS_PTRACE, too) and setpriv(1)'

/** To be called once in each file. */
export function sayWhatIsSkipped(what: string): void {
  if (may) return
  console.warn(`SKIP ${what}: ${reason}`)
  if (process.env['REQUIRE_ALL'] === '1') {
    test(`${what} are tested`, ({ expect }) => expect.unreachable(`REQUIRE_ALL=1, and ${reason}`))
  }
}

/** A test that needs to be all of root, on a machine with setpriv(1). */
export const asRoot = test.skipIf(!may)
