import type { Reaper } from '../actors/reaper.ts'
import type { StopReport } from '../actors/stop-report.ts'
import { sameIdentity, type ProcessIdentity } from '../events/identity.ts'
import { assertTree } from '../os/tree-killer/assert-tree.ts'
import { defaultStop } from '../spec/defaults.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import { assertIdentities, type IdentityKernel } from './assert-identities.ts'
import { checkDuration } from './check-options.ts'
import { followFamily, type Family } from './family.ts'
import { mismatch, notFound } from './find-process.ts'
import type { ProcessParts } from './parts.ts'
import { deliver, presenceOf } from './presence.ts'
import { climbStopLadder } from './stop-ladder.ts'
import { assertMortal, checkIdentity } from './target.ts'

export interface StopProcessOptions {
  /** Whether its descendants are stopped with it. Default true. */
  readonly tree?: boolean | undefined
  /** The grace before SIGKILL, in milliseconds. Default 5 000; 0: SIGKILL right after SIGTERM; `Infinity`: never. */
  readonly killTimeoutMs?: number | undefined
}

/** Stops any process; what it promises is said in `Processes`. */
export async function stopProcess(
  parts: ProcessParts,
  identity: ProcessIdentity,
  options: StopProcessOptions,
): Promise<StopReport> {
  refuseUnknownOptions(options, ['tree', 'killTimeoutMs'])
  const { tree = true, killTimeoutMs = defaultStop.killTimeoutMs } = options
  if (typeof tree !== 'boolean') throw invalidOption('tree', 'true or false', tree)
  checkDuration('killTimeoutMs', killTimeoutMs)
  const { clock, kernel, treeKiller } = parts
  const root = checkIdentity(identity)
  assertIdentities(kernel)

  const presence = presenceOf(kernel, root)
  if (presence !== 'running') {
    if (presence === 'ended' || (await hasExited(parts.reaper, root))) return reportOf(root, { outcome: 'exited' })
    throw presence === 'stranger' ? mismatch(root) : notFound(root)
  }
  assertMortal(root)
  if (tree) assertTree(root, 'SIGTERM')

  const began = clock.mono()
  const { escalated, survivors } = await climbStopLadder({
    clock,
    kernel,
    killTimeoutMs,
    family: tree ? followFamily(kernel, root) : aloneWith(kernel, root),
    kill: async (process) => {
      if (!tree) return deliver(kernel, process, 'SIGKILL') === 'delivered'
      const report = await treeKiller.kill(process, 'SIGKILL')
      return report.kind === 'signalled' && report.processes?.length !== 0
    },
  })
  const durationMs = Math.round(clock.mono() - began)
  return reportOf(root, { outcome: survivors.length > 0 ? 'unkillable' : 'stopped', escalated, durationMs, survivors })
}

function aloneWith(kernel: IdentityKernel, root: ProcessIdentity): Family {
  return { living: () => (presenceOf(kernel, root) === 'running' ? [root] : []), search: async () => {} }
}

/** Whether the exit of this very process was recorded. */
async function hasExited(reaper: Pick<Reaper, 'read'>, identity: ProcessIdentity): Promise<boolean> {
  for await (const exit of reaper.read({ live: false, overflow: 'wait' })) {
    if ('identity' in exit && exit.identity !== null && sameIdentity(exit.identity, identity)) return true
  }
  return false
}

interface Ending {
  readonly outcome: 'stopped' | 'exited' | 'unkillable'
  readonly escalated?: boolean
  readonly durationMs?: number
  readonly survivors?: readonly ProcessIdentity[]
}

function reportOf({ pid }: ProcessIdentity, ending: Ending): StopReport {
  const { outcome, escalated = false, durationMs = 0, survivors = [] } = ending
  return { children: [{ id: String(pid), stream: `/${pid}`, outcome, escalated, durationMs }], survivors }
}
