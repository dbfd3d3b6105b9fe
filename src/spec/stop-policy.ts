import type { StopStage } from '../events/event.ts'
import type { StopPolicy } from '../machines/policy.ts'
import type { StopData } from './child-schema.ts'
import { completed } from './completed.ts'
import { defaultStop } from './defaults.ts'

/** The whole rule of a stop, from sound data. Stages are completed by the SIGKILL that ends them. */
export function stopPolicy(data: StopData | undefined): StopPolicy {
  if (data === undefined) return defaultStop
  const { stages, ...ladder } = data
  const told = stages?.[0]
  if (stages === undefined || told === undefined) return Object.freeze(completed(defaultStop, ladder))
  const whole = withKill(stages)
  const killTimeoutMs = whole.at(-1)?.atMs ?? defaultStop.killTimeoutMs
  return Object.freeze({ ...completed(defaultStop, ladder), signal: told.signal, killTimeoutMs, stages: whole })
}

function withKill(stages: readonly StopStage[]): readonly StopStage[] {
  const last = stages.at(-1)
  const isComplete = last?.signal === 'SIGKILL' && last.to === 'group'
  // Beyond that a number is no longer exact, and no option would be allowed to say it.
  const atMs = Math.min((last?.atMs ?? 0) + defaultStop.killTimeoutMs, Number.MAX_SAFE_INTEGER)
  const kill: StopStage = { signal: 'SIGKILL', to: 'group', atMs }
  return Object.freeze((isComplete ? stages : [...stages, kill]).map((stage) => Object.freeze({ ...stage })))
}
