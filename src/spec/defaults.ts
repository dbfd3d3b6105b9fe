import type { Backoff, Dependency, ExitMark, RestartPolicy, RestartType, StopPolicy } from '../machines/policy.ts'
import type { RestartLimit } from '../events/event.ts'

/*
 * Every default is one frozen object that all specs share: ten thousand children that say nothing of their restarts
 * hold ten thousand references, not ten thousand policies.
 */

export const noNames: readonly string[] = Object.freeze([])
export const noMarks: readonly ExitMark[] = Object.freeze([])
export const noDependencies: readonly Dependency[] = Object.freeze([])
/** Without a prototype, like every environment of ours: `env['constructor']` is not there, and `__proto__` is a name. */
export const noVariables: Readonly<Record<string, string>> = Object.freeze(Object.create(null))

export const successMarks: readonly ExitMark[] = Object.freeze([0])

export const defaultBackoff: Backoff = Object.freeze({ minMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0.5 })

export const defaultLimit: RestartLimit = Object.freeze({ restarts: 5, withinMs: 300_000 })

/** What each restart type means where nothing more is said. */
export const defaultRestart: Readonly<Record<RestartType, RestartPolicy>> = Object.freeze({
  permanent: restartOfType('permanent'),
  transient: restartOfType('transient'),
  temporary: restartOfType('temporary'),
})

function restartOfType(type: RestartType): RestartPolicy {
  return Object.freeze({
    type,
    backoff: defaultBackoff,
    limit: defaultLimit,
    resetAfterMs: 10_000,
    success: successMarks,
    prevent: noMarks,
    force: noMarks,
  })
}

export const defaultStop: Omit<StopPolicy, 'stages'> = Object.freeze({
  signal: 'SIGTERM',
  killTimeoutMs: 5_000,
  splayMs: 0,
  verifyMs: 2_000,
})

/** A nested supervisor is told to stop and then awaited: its children have timeouts of their own. */
export const supervisorStop: StopPolicy = Object.freeze({
  signal: 'SIGTERM',
  killTimeoutMs: Infinity,
  splayMs: 0,
  verifyMs: 2_000,
})

export const defaultReadyTimeoutMs = 90_000
export const defaultShutdownTimeoutMs = 30_000
export const defaultMaxConcurrentStarts = 8
