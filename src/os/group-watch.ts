import type { Group } from './group.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessScan } from './process-scan.ts'
import type { ProcessStat } from './process-table.ts'
import { visitInSlices } from './slices.ts'

/** Waits until groups whose leaders have exited are proven empty. */
export interface GroupWatch {
  /** Calls `gone` once, when nothing of the group is left alive. Returns how to stop waiting. */
  add(group: Group, gone: () => void): () => void
  /** Something was done to a group: look again soon. */
  hurry(): void
}

interface Vigil {
  readonly group: Group
  readonly gone: () => void
  looks: number
  /** How many walks in a row found nobody alive. */
  clean: number
}

const firstMs = 1
const longestMs = 40
const growth = 1.5

/**
 * One timer for all groups, quick at first because most are empty within a millisecond. It keeps the event loop alive:
 * somebody waits for the answer.
 *
 * Three questions, the cheap ones first: is there such a group at all (one system call, and "no" is proof); does a known
 * member still live (one read); who is in it (one walk over `/proc`, shared). The last is needed because a zombie is
 * still a member, and an orphan stays one until its new parent cares to reap it.
 */
export function createGroupWatch(kernel: Kernel, scan: ProcessScan): GroupWatch {
  const vigils = new Set<Vigil>()
  let intervalMs = firstMs
  let timer: NodeJS.Timeout | undefined
  let looking = false

  const end = (vigil: Vigil): void => {
    if (vigils.delete(vigil)) vigil.gone()
  }

  const look = (): void => {
    timer = undefined
    looking = true
    const unknown: Vigil[] = []
    const question = (vigil: Vigil): void => {
      if (kernel.kill(-vigil.group.pgid, 0) === 'absent') end(vigil)
      // The first look belongs to ordinary deaths, which ESRCH proves within a millisecond: no walk for those.
      else if (vigil.looks++ > 0 && kernel.bootId !== null && !vigil.group.hasWitness()) unknown.push(vigil)
    }
    visitInSlices([...vigils], question, () => {
      if (unknown.length === 0) rest()
      else scan.request((stats) => judge(unknown, stats))
    })
  }

  const judge = (unknown: readonly Vigil[], stats: readonly ProcessStat[]): void => {
    const byGroup = Map.groupBy(stats, (stat) => stat.pgrp)
    const once: Vigil[] = []
    let left = unknown.length
    for (const vigil of unknown) {
      vigil.group.sift(byGroup.get(vigil.group.pgid) ?? [], ({ ours, unclear }) => {
        vigil.clean = ours.length === 0 && !unclear ? vigil.clean + 1 : 0
        // Twice in a row, since a member may have forked and died while the walk went by.
        if (vigil.clean === 2) end(vigil)
        else if (vigil.clean === 1) once.push(vigil)
        if (--left > 0) return
        if (once.length === 0) rest()
        else scan.request((again) => judge(once, again))
      })
    }
  }

  const rest = (): void => {
    looking = false
    intervalMs = Math.min(intervalMs * growth, longestMs)
    arm()
  }

  const arm = (): void => {
    if (!looking && vigils.size > 0) timer = setTimeout(look, intervalMs)
  }

  const disarm = (): void => {
    clearTimeout(timer)
    timer = undefined
  }

  // A timer that is soon due stays: a burst of exits must not push it away with each of them.
  const hurry = (): void => {
    if (timer !== undefined && intervalMs === firstMs) return
    intervalMs = firstMs
    disarm()
    arm()
  }

  return {
    add(group, gone) {
      const vigil: Vigil = { group, gone, looks: 0, clean: 0 }
      vigils.add(vigil)
      hurry()
      return () => {
        vigils.delete(vigil)
        if (vigils.size === 0) disarm()
      }
    },
    hurry,
  }
}
