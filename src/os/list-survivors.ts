import type { ProcessIdentity } from '../events/identity.ts'
import type { Enclosure } from './containment/enclosure.ts'
import type { Group } from './group.ts'
import type { ProcessScan } from './process-scan.ts'
import type { ProcessStat } from './process-table.ts'

export interface Living {
  readonly pgid: number
  /** There once the leader's exit was seen. */
  readonly group: Group | undefined
  /** Where there is one, whoever is in the group is within it. */
  readonly enclosure: Enclosure | undefined
  readonly bootId: string
}

/** Names what lives of a life, by one walk over the process table. */
export function listSurvivors(
  { scan }: { readonly scan: ProcessScan },
  { pgid, group, enclosure, bootId }: Living,
  done: (members: readonly ProcessIdentity[]) => void,
): void {
  const name = ({ pid, startTicks }: ProcessStat): ProcessIdentity => ({ pid, startTicks, bootId })
  scan.request((stats) => {
    if (enclosure !== undefined) return done(enclosure.membersAmong(stats).map(name))
    if (group !== undefined) return group.sift(stats, ({ ours }) => done(ours.map(name)))
    done(stats.filter((stat) => stat.pgrp === pgid && !stat.dead).map(name))
  })
}
