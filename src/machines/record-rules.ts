import type { RecordedRules } from '../events/event.ts'
import { recordLimit } from './limit.ts'
import type { SupervisorPolicy } from './live-tree.ts'
import type { ChildPolicy } from './policy.ts'

/** The rules of a child as a log tells them; `nested` where it is a supervisor. */
export function recordRules(policy: ChildPolicy, nested?: SupervisorPolicy): RecordedRules {
  const { restart, oneShot, significant } = policy
  return {
    restart: restart.type,
    oneShot,
    significant,
    limit: recordLimit(restart.limit),
    ...(nested === undefined ? {} : { strategy: nested.strategy }),
  }
}
