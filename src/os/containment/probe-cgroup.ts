import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupBases } from './cgroup-base.ts'
import { makeCgroup } from './cgroup-directory.ts'

/** Where cgroups can be made, or what is missing, for people. */
export type CgroupProbe = { readonly base: string } | { readonly missing: string }

/** Makes a cgroup named `name` and puts a process into it, wherever that may be done. Blocks for one short program. */
export function probeCgroup(name: string): CgroupProbe {
  const bases = process.platform === 'linux' ? knownBases() : []
  if (bases.length === 0) return { missing: 'no cgroup2 file system is mounted' }
  // To the guard they are words in a line.
  const [plain, ...others] = bases.filter((base) => /^[!-~]+$/.test(base))
  if (plain === undefined) return { missing: `the path of its cgroup, ${bases[0]}, is not plain ASCII without blanks` }
  let fault: string | undefined
  for (const base of [plain, ...others]) {
    const found = faultOf(join(base, name))
    if (found === undefined) return { base }
    fault ??= `${base}: ${found}`
  }
  return { missing: `this process may not put others into cgroups of its own (${fault})` }
}

function knownBases(): readonly string[] {
  try {
    return cgroupBases(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))
  } catch {
    return []
  }
}

function faultOf(path: string): string | undefined {
  try {
    const cgroup = makeCgroup(path)
    try {
      // A process of our own, which ends by itself: what is moved has to be allowed, not only what is made.
      const { status } = spawnSync('/bin/sh', ['-c', 'echo 0 > "$0/cgroup.procs"', path], { stdio: 'ignore' })
      return status === 0 ? undefined : 'no process may be moved into one'
    } finally {
      cgroup.remove()
    }
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
