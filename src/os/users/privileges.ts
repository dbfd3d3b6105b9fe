import { readFileSync } from 'node:fs'

/** What this process may do about processes of other users. */
export interface Privileges {
  /** Start them. */
  readonly start: boolean
  /** Signal them. */
  readonly signal: boolean
  /** Look into their environment, where the sweep finds whose they are. */
  readonly inspect: boolean
}

const [CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SYS_PTRACE] = [5, 6, 7, 19]

/**
 * Asked before every start as another user, as capabilities can be given up. Being root is not enough: in a container it
 * has some of root's powers only (Docker leaves it without CAP_SYS_PTRACE).
 *
 * @see capabilities(7), proc(5) on `/proc/pid/status`
 */
export function readPrivileges(): Privileges {
  const held = effectiveCapabilities()
  // Without `/proc` there are no capabilities to ask for, on macOS for one: root may do everything.
  if (held === undefined) {
    const isRoot = process.geteuid?.() === 0
    return { start: isRoot, signal: isRoot, inspect: isRoot }
  }
  const has = (capability: number): boolean => ((held >> BigInt(capability)) & 1n) === 1n
  return { start: has(CAP_SETUID) && has(CAP_SETGID), signal: has(CAP_KILL), inspect: has(CAP_SYS_PTRACE) }
}

function effectiveCapabilities(): bigint | undefined {
  try {
    const [, mask] = /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
    return mask === undefined ? undefined : BigInt(`0x${mask}`)
  } catch {
    return undefined
  }
}
