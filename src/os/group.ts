import { isSameLife } from './identity.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessStat } from './process-table.ts'
import { signalGroup } from './send-signal.ts'

/**
 * The process group of one life after its leader has gone. The number of a group is free again as soon as its last
 * member is reaped, so from now on everything with that number may be a stranger until it is proven ours.
 */
export interface Group {
  readonly pgid: number
  /** Whether a member that was proven ours still lives: then the number is ours too. */
  hasWitness(): boolean
  /** Proves members ours by what `stats` alone tell, at once. */
  recall(stats: readonly ProcessStat[]): void
  /** The live members among `stats`, and whose they are. `unclear`: perhaps ours, but it cannot be looked into. */
  sift(stats: readonly ProcessStat[], done: (found: Sifted) => void): void
  /** Signals the group if, at this very moment, a proven member lives in it. */
  signal(signal: NodeJS.Signals | 0): boolean
}

export interface Sifted {
  readonly ours: readonly ProcessStat[]
  readonly unclear: boolean
}

const nobody: Sifted = { ours: [], unclear: false }

/** `exitTicks`: when the exit of the leader was seen. */
export function createGroup(kernel: Kernel, pgid: number, cookie: string, exitTicks: number): Group {
  /** Start ticks by pid of the members that were proven ours. */
  let proven = new Map<number, number>()

  const isProven = (stat: ProcessStat | null): boolean =>
    stat !== null && stat.pgrp === pgid && isSameLife(stat, { startTicks: proven.get(stat.pid) ?? -1 })

  const hasWitness = (): boolean => {
    for (const pid of proven.keys()) {
      if (isProven(kernel.stat(pid))) return true
      proven.delete(pid)
    }
    return false
  }

  // One proven member proves them all: while it lives the number cannot have been given to another group.
  const recognise = (members: readonly ProcessStat[]): Sifted => {
    proven = new Map(members.map((member) => [member.pid, member.startTicks]))
    return { ours: members, unclear: false }
  }

  // A group is within one session, and ours has the number of its leader (setsid); a shell's job that was given the
  // number has its shell's. setpgid(2).
  const membersAmong = (stats: readonly ProcessStat[]): readonly ProcessStat[] =>
    stats.filter((stat) => stat.pgrp === pgid && stat.session === pgid && !stat.dead)

  // Whoever was in this session when the leader ended was in it while the leader held the number (and no machine hands
  // out all its numbers within the one tick that makes `<=` of `<`). This needs no cookie, so it finds those whose
  // environment was emptied, too.
  const isKnown = (member: ProcessStat): boolean => member.startTicks <= exitTicks || isProven(member)

  return {
    pgid,
    hasWitness,
    recall(stats) {
      const members = membersAmong(stats)
      if (members.some(isKnown)) recognise(members)
    },
    sift(stats, done) {
      const members = membersAmong(stats)
      if (members.length === 0) return done(nobody)
      if (members.some(isKnown)) return done(recognise(members))

      let left = members.length
      let ours = false
      let unclear = false
      for (const member of members) {
        kernel.cookie(member.pid, (look) => {
          if (look.kind === 'cookie' && look.text === cookie) ours = true
          if (look.kind === 'forbidden' || look.kind === 'empty') unclear = true
          if (--left === 0) done(ours ? recognise(members) : { ours: [], unclear })
        })
      }
    },
    signal: (signal) => hasWitness() && signalGroup(kernel, pgid, signal),
  }
}
