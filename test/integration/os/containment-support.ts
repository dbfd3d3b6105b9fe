import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'vitest'
import type { ContainmentLevel } from '../../../src/events/containment-level.ts'
import { cgroupBases } from '../../../src/os/containment/cgroup-base.ts'
import { createContainments } from '../../../src/os/containment/containments.ts'
import { realKernel } from '../../../src/os/kernel.ts'

const plans = createContainments(realKernel())

/** Whether this machine, and this user, has that level. */
export const can = (level: ContainmentLevel): boolean => plans(level).possible

/** To be called once in each file. */
export function sayWhatIsMissing(what: string, levels: readonly ContainmentLevel[] = ['pidns', 'cgroup']): void {
  for (const level of levels) {
    const plan = plans(level)
    if (plan.possible) continue
    console.warn(`SKIP ${what}, ${level}: ${plan.missing}`)
    if (process.env['REQUIRE_ALL'] === '1') {
      test(`${what}, ${level}, are tested`, ({ expect }) => expect.unreachable(`REQUIRE_ALL=1, and ${plan.missing}`))
    }
  }
}

/** The cgroups that the host with that pid has made, and that are there still. */
export function cgroupsOf(pid: number): readonly string[] {
  const bases = cgroupBases(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))
  return bases.flatMap((base) => {
    const names = existsSync(base) ? readdirSync(base) : []
    return names.filter((name) => new RegExp(`^brood-\\d+-${pid}-`).test(name)).map((name) => `${base}/${name}`)
  })
}
