import type { EventData, RecordedLimit } from '../../events/event.ts'
import type { Condition, ExitMark, RestartPolicy, RestartType } from '../../machines/policy.ts'

/** What a recorded spec says of how a child is to be treated, with the defaults that a log leaves out. */
export interface Rules {
  readonly restart: RestartPolicy
  /** Whether a callback had a say in its restarts. */
  readonly isAsked: boolean
  readonly after: ReadonlyMap<string, Condition>
  readonly splayMs: number
}

interface RecordedSpec {
  readonly after?: readonly string[] | Readonly<Record<string, Condition>>
  readonly restart?:
    | RestartType
    | {
        readonly backoff?: { readonly [K in keyof RestartPolicy['backoff']]?: number | null }
        readonly resetAfterMs?: number | null
        readonly success?: readonly ExitMark[]
        readonly prevent?: readonly ExitMark[]
        readonly force?: readonly ExitMark[]
        readonly onUnexpectedExit?: true
      }
  readonly stop?: { readonly splayMs?: number | null }
}

/** Null is how JSON says `Infinity`, and absent is the default. */
const given = (value: number | null | undefined, usual: number): number =>
  value === null ? Infinity : (value ?? usual)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Told = Pick<EventData['child.added'], 'restart' | 'limit' | 'spec'>

/** The rules of a registration; undefined where the log does not hold its spec. */
export function rulesOf({ restart: type, limit, spec }: Told): Rules | undefined {
  if (!isRecord(spec)) return undefined
  const { after = [], restart, stop }: RecordedSpec = spec
  const more = typeof restart === 'object' ? restart : {}
  const { backoff = {} } = more
  return {
    restart: {
      type,
      limit: unlimited(limit),
      backoff: {
        minMs: given(backoff.minMs, 1_000),
        maxMs: given(backoff.maxMs, 60_000),
        factor: given(backoff.factor, 2),
        jitter: given(backoff.jitter, 0.5),
      },
      resetAfterMs: given(more.resetAfterMs, 10_000),
      success: more.success ?? [0],
      prevent: more.prevent ?? [],
      force: more.force ?? [],
    },
    isAsked: more.onUnexpectedExit !== undefined,
    after: conditions(after),
    splayMs: given(stop?.splayMs, 0),
  }
}

function conditions(after: NonNullable<RecordedSpec['after']>): ReadonlyMap<string, Condition> {
  return isList(after) ? new Map(after.map((id) => [id, 'ready'])) : new Map(Object.entries(after))
}

const isList = (after: NonNullable<RecordedSpec['after']>): after is readonly string[] => Array.isArray(after)

const unlimited = ({ restarts, withinMs }: RecordedLimit): RestartPolicy['limit'] => ({
  restarts: restarts ?? Infinity,
  withinMs: withinMs ?? Infinity,
})
