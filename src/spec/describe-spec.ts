import type { Json } from '../events/event.ts'
import type { RestartPolicy } from '../machines/policy.ts'
import type { ChildSpec, ProcessSpec, SupervisorSpec } from './child-spec.ts'
import { defaultBackoff, defaultLimit, defaultReadyTimeoutMs, defaultRestart, defaultStop } from './defaults.ts'
import { redactor } from './redact.ts'

/** What a description may be made of before secrets are taken out; `undefined` is left out. */
type Draft = Json | undefined | readonly Draft[] | { readonly [key: string]: Draft }

/**
 * A spec as a log may hold it: the user's own words for it, without what equals a default (`lifetime`, whose default is
 * the platform's, is always there). Of the environment the names alone, sorted; of secrets nothing, and `[redacted]` in
 * the place of each in any text; an expression as `{ regex, flags }`; `Infinity` as null, as everywhere in a log; that there is an `onUnexpectedExit` as `true`.
 * A nested supervisor's children are not included: each is described when it is added. Not meant to be read back.
 */
export function describeSpec(spec: ChildSpec): Json {
  return spec.kind === 'process'
    ? toJson(describeProcess(spec), redactor(spec.secrets))
    : toJson(describeSupervisor(spec))
}

function describeProcess(spec: ProcessSpec): Draft {
  const names = Object.keys(spec.env)
  return {
    id: spec.id,
    command: spec.command,
    args: filled(spec.args),
    cwd: spec.cwd,
    env: filled(names.toSorted()),
    envMode: unless(spec.envMode, 'merge'),
    argv0: spec.argv0,
    shell: unless(spec.shell, false),
    oneShot: unless(spec.oneShot, false),
    runTimeoutMs: unless(spec.runTimeoutMs, Infinity),
    restart: describeRestart(spec.restart, spec.oneShot),
    ready: describeReadiness(spec.ready),
    readyTimeoutMs: unless(spec.readyTimeoutMs, defaultReadyTimeoutMs),
    after: describeAfter(spec),
    stop: difference({ ...spec.stop }, { ...defaultStop }),
    reloadSignal: spec.reloadSignal,
    stdio: difference(
      { stdin: spec.stdin, stdout: spec.stdout, stderr: spec.stderr },
      { stdin: 'ignore', stdout: 'lines', stderr: 'lines' },
    ),
    lifetime: spec.lifetime,
    significant: unless(spec.significant, false),
  }
}

function describeSupervisor(spec: SupervisorSpec): Draft {
  return {
    id: spec.id,
    kind: spec.kind,
    strategy: unless(spec.strategy, 'one-for-one'),
    intensity: spec.intensity && { ...spec.intensity },
    autoShutdown: unless(spec.autoShutdown, 'never'),
    restart: describeRestart(spec.restart, false),
    after: describeAfter(spec),
    significant: unless(spec.significant, false),
  }
}

function describeRestart(restart: RestartPolicy, oneShot: boolean): Draft {
  const { type, backoff, limit, onUnexpectedExit, success, prevent, force, resetAfterMs } = restart
  const defaults = defaultRestart[type]
  const rules = {
    backoff: difference({ ...backoff }, { ...defaultBackoff }),
    limit: difference({ ...limit }, { ...defaultLimit }) && { ...limit },
    resetAfterMs: unless(resetAfterMs, defaults.resetAfterMs),
    success: String(success) === String(defaults.success) ? undefined : success,
    prevent: filled(prevent),
    force: filled(force),
    onUnexpectedExit: onUnexpectedExit && true,
  }
  if (Object.values(rules).some((rule) => rule !== undefined)) return { type, ...rules }
  return unless(type, oneShot ? 'temporary' : 'permanent')
}

function describeReadiness(ready: ProcessSpec['ready']): Draft {
  if (typeof ready === 'string') return unless(ready, 'spawned')
  const { line, source } = ready
  return { line: typeof line === 'string' ? line : { regex: line.source, flags: line.flags }, source }
}

function describeAfter({ after }: ChildSpec): Draft {
  if (after.every(({ condition }) => condition === 'ready')) return filled(after.map(({ id }) => id))
  // Not an assignment in a loop: `__proto__` is an id like any other.
  return Object.fromEntries(after.map(({ id, condition }) => [id, condition]))
}

function unless<Value>(value: Value, usual: Value): Value | undefined {
  return value === usual ? undefined : value
}

function filled<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length === 0 ? undefined : list
}

/** The members that are not as usual, or undefined where all are. */
function difference(
  value: Readonly<Record<string, Draft>>,
  usual: Readonly<Record<string, Draft>>,
): Readonly<Record<string, Draft>> | undefined {
  const unusual = Object.entries(value).filter(([key, member]) => member !== usual[key])
  return unusual.length === 0 ? undefined : Object.fromEntries(unusual)
}

function toJson(draft: Draft, hide: (text: string) => string = (text) => text): Json {
  if (typeof draft === 'string') return hide(draft)
  if (typeof draft === 'number') return Number.isFinite(draft) ? draft : null
  if (typeof draft !== 'object' || draft === null) return draft ?? null
  if (isList(draft)) return draft.map((item) => toJson(item, hide))
  const members = Object.entries(draft).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([key, member]) => [key, toJson(member, hide)]))
}

function isList(draft: object): draft is readonly Draft[] {
  return Array.isArray(draft)
}
