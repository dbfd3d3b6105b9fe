import type { TaskData } from './child-schema.ts'
import type { TaskSpec } from './child-spec.ts'
import { completed } from './completed.ts'
import { defaultReadyTimeoutMs, defaultStop } from './defaults.ts'
import { dependencies } from './dependencies.ts'
import { restartPolicy } from './restart-policy.ts'

/** A complete, frozen spec from sound data. */
export function buildTask({ id, run, restart, readyTimeoutMs, stop, after, significant }: TaskData): TaskSpec {
  return Object.freeze({
    id,
    kind: 'task',
    oneShot: false,
    significant: significant ?? false,
    restart: restartPolicy(restart, false),
    stop: stop === undefined ? defaultStop : Object.freeze(completed(defaultStop, stop)),
    readiness: 'told',
    readyTimeoutMs: readyTimeoutMs ?? defaultReadyTimeoutMs,
    runTimeoutMs: Infinity,
    after: dependencies(after),
    run,
  } satisfies TaskSpec)
}
