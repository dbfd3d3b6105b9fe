import { BroodError } from '../../errors.ts'
import { isSignal } from '../send-signal.ts'
import { parentOf } from './parent-of.ts'
import type { TreeRoot } from './tree-killer.ts'

/**
 * Refuses what must never be tried: numbers that mean groups or everybody to kill(2), and trees with this process in
 * them, which would be stopped (or dead) before the rest of the tree was reached.
 *
 * @throws {BroodError} ERR_BAD_SIGNAL, ERR_INVALID_STATE
 */
export function assertTree({ pid }: TreeRoot, signal: NodeJS.Signals): void {
  if (typeof signal !== 'string' || !isSignal(signal)) {
    throw new BroodError('ERR_BAD_SIGNAL', `Expected \`signal\` to be the name of a signal, got ${String(signal)}`)
  }
  if (!Number.isSafeInteger(pid) || pid <= 1) {
    throw new BroodError('ERR_INVALID_STATE', `Expected \`pid\` to be an integer > 1, got ${pid}`)
  }
  if (isAncestry(pid)) {
    throw new BroodError(
      'ERR_INVALID_STATE',
      `The tree of process ${pid} has this process in it: it cannot be killed from here.`,
    )
  }
}

function isAncestry(pid: number): boolean {
  if (pid === process.ppid) return true
  for (let self: number | null = process.pid; self !== null && self > 1; self = parentOf(self)) {
    if (self === pid) return true
  }
  return false
}
