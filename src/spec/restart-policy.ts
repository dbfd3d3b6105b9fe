import type { RestartPolicy } from '../machines/policy.ts'
import type { RestartData } from './child-schema.ts'
import { completed } from './completed.ts'
import { defaultBackoff, defaultLimit, defaultRestart, noMarks, successMarks } from './defaults.ts'

/** The complete policy; where only a type is said, the one that all children of that type share. */
export function restartPolicy(restart: RestartData | undefined, oneShot: boolean): RestartPolicy {
  if (restart === undefined) return defaultRestart[oneShot ? 'temporary' : 'permanent']
  if (typeof restart === 'string') return defaultRestart[restart]
  const { type, backoff, limit, resetAfterMs, success, prevent, force, onUnexpectedExit } = restart
  const defaults = defaultRestart[type]
  return Object.freeze({
    type,
    backoff: backoff === undefined ? defaultBackoff : Object.freeze(completed(defaultBackoff, backoff)),
    limit: limit === undefined ? defaultLimit : Object.freeze(limit),
    resetAfterMs: resetAfterMs ?? defaults.resetAfterMs,
    success: success === undefined ? successMarks : Object.freeze(success),
    prevent: prevent === undefined ? noMarks : Object.freeze(prevent),
    force: force === undefined ? noMarks : Object.freeze(force),
    ...(onUnexpectedExit === undefined ? {} : { onUnexpectedExit }),
  })
}
