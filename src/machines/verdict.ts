import type { Exit } from '../events/exit.ts'
import type { ExitMark, RestartPolicy } from './policy.ts'

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const marks = (set: readonly ExitMark[], exit: Ending): boolean =>
  (exit.signal !== null && set.includes(exit.signal)) || (exit.code !== null && set.includes(exit.code))

/** Whether an exit counts as success. An exit nobody knows the code of does not. */
export function isSuccess(policy: RestartPolicy, exit: Ending): boolean {
  return marks(policy.success, exit)
}

/**
 * OTP's restart decision with systemd's exit sets around it: `prevent` beats `force`, and both beat the type.
 * `exit` is null for a life that never began (its spawn failed), which is a failure like any other.
 *
 * @see supervisor(3erl), restart types
 * @see systemd.service(5), RestartPreventExitStatus and RestartForceExitStatus
 */
export function typeRestarts(policy: RestartPolicy, exit: Pick<Exit, 'code' | 'signal' | 'cause'> | null): boolean {
  if (exit !== null && marks(policy.prevent, exit)) return false
  if (exit !== null && marks(policy.force, exit)) return true
  switch (policy.type) {
    case 'permanent':
      return true
    case 'transient':
      // A child that had to be ended for being late or ill has failed, however well it took it.
      return exit === null || exit.cause === 'timeout' || exit.cause === 'health' || !isSuccess(policy, exit)
    case 'temporary':
      return false
  }
}
