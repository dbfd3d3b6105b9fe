import type { RestartPolicy, StopPolicy } from '../machines/policy.ts'
import type { ChildSpec, LineLogging, ProcessSpec, SupervisorSpec, TaskSpec } from './child-spec.ts'
import { defaultBackoff, defaultLimit, defaultReadyTimeoutMs, defaultRestart, defaultStop } from './defaults.ts'

/** A spec in the words of the options; `undefined` is left out, and the rest is what a program can write. */
export type Words =
  | null
  | boolean
  | number
  | string
  | undefined
  | RegExp
  /** Something that is used as it is, and has no words: what it is called. */
  | symbol
  | ((...args: never) => unknown)
  | readonly Words[]
  | { readonly [key: string]: Words }

export type WordsRecord = Readonly<Record<string, Words>>

/**
 * The options that say what a spec says, without what equals a default. `lifetime` is always there, since its default is
 * the platform's. A nested supervisor's children are not.
 */
export function specWords(spec: ChildSpec): WordsRecord {
  switch (spec.kind) {
    case 'process':
      return processWords(spec)
    case 'task':
      return taskWords(spec)
    case 'supervisor':
      return supervisorWords(spec)
  }
}

function processWords(spec: ProcessSpec): WordsRecord {
  return {
    id: spec.id,
    command: spec.command,
    args: filled(spec.args),
    cwd: spec.cwd,
    env: Object.keys(spec.env).length === 0 ? undefined : spec.env,
    envMode: unless(spec.envMode, 'merge'),
    argv0: spec.argv0,
    user: typeof spec.user === 'object' ? { ...spec.user } : spec.user,
    shell: unless(spec.shell, false),
    oneShot: unless(spec.oneShot, false),
    runTimeoutMs: unless(spec.runTimeoutMs, Infinity),
    restart: restartWords(spec.restart, spec.oneShot),
    ready: typeof spec.ready === 'string' ? unless(spec.ready, 'spawned') : { ...spec.ready },
    readyTimeoutMs: unless(spec.readyTimeoutMs, defaultReadyTimeoutMs),
    after: afterWords(spec),
    stop: stopWords(spec.stop),
    reloadSignal: spec.reloadSignal,
    stdio: difference(
      { stdin: fileWords(spec.stdin), stdout: fileWords(spec.stdout), stderr: fileWords(spec.stderr) },
      { stdin: 'ignore', stdout: 'lines', stderr: 'lines' },
    ),
    log: logWords(spec.log),
    logWriter: spec.logWriter && Symbol('a writable stream'),
    containment: unless(spec.containment, 'group'),
    lifetime: spec.lifetime,
    significant: unless(spec.significant, false),
    secrets: filled(spec.secrets),
  }
}

function taskWords(spec: TaskSpec): WordsRecord {
  return {
    id: spec.id,
    kind: spec.kind,
    run: spec.run,
    restart: restartWords(spec.restart, false),
    readyTimeoutMs: unless(spec.readyTimeoutMs, defaultReadyTimeoutMs),
    after: afterWords(spec),
    stop: stopWords(spec.stop),
    significant: unless(spec.significant, false),
  }
}

function supervisorWords(spec: SupervisorSpec): WordsRecord {
  return {
    id: spec.id,
    kind: spec.kind,
    strategy: unless(spec.strategy, 'one-for-one'),
    intensity: spec.intensity && { ...spec.intensity },
    autoShutdown: unless(spec.autoShutdown, 'never'),
    restart: restartWords(spec.restart, false),
    after: afterWords(spec),
    significant: unless(spec.significant, false),
  }
}

function restartWords(restart: RestartPolicy, oneShot: boolean): Words {
  const { type, backoff, limit, onUnexpectedExit, success, prevent, force, resetAfterMs } = restart
  const defaults = defaultRestart[type]
  const rules = {
    backoff: difference({ ...backoff }, { ...defaultBackoff }),
    limit: difference({ ...limit }, { ...defaultLimit }) && { ...limit },
    resetAfterMs: unless(resetAfterMs, defaults.resetAfterMs),
    success: String(success) === String(defaults.success) ? undefined : success,
    prevent: filled(prevent),
    force: filled(force),
    onUnexpectedExit,
  }
  if (Object.values(rules).some((rule) => rule !== undefined)) return { type, ...rules }
  return unless(type, oneShot ? 'temporary' : 'permanent')
}

function stopWords({ stages, signal, killTimeoutMs, ...common }: StopPolicy): Words {
  if (stages === undefined) return difference({ signal, killTimeoutMs, ...common }, { ...defaultStop })
  // Signal and grace repeat what the stages say.
  const { signal: _signal, killTimeoutMs: _grace, ...usual } = { ...defaultStop }
  return { stages: stages.map((stage) => ({ ...stage })), ...difference(common, usual) }
}

function afterWords({ after }: ChildSpec): Words {
  // Ids that look like numbers would change places in an object; only what was an object from the start has to be one.
  if (after.every(({ condition }) => condition === 'ready')) return filled(after.map(({ id }) => id))
  // Not an assignment in a loop: `__proto__` is an id like any other.
  return Object.fromEntries(after.map(({ id, condition }) => [id, condition]))
}

function logWords(log: ProcessSpec['log']): Words {
  if (log === undefined) return undefined
  if (log.stdout === 'info' && log.stderr === 'error') return true
  return { stdout: targetWords(log.stdout), stderr: targetWords(log.stderr) }
}

function targetWords(target: LineLogging[keyof LineLogging]): Words {
  return typeof target === 'object' ? Symbol('a logger') : target
}

function fileWords(mode: string | { readonly file: string }): Words {
  return typeof mode === 'string' ? mode : { file: mode.file }
}

function unless<Value>(value: Value, usual: Value): Value | undefined {
  return value === usual ? undefined : value
}

function filled<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length === 0 ? undefined : list
}

/** The members that are not as usual, or undefined where all are. */
function difference(value: WordsRecord, usual: WordsRecord): WordsRecord | undefined {
  const unusual = Object.entries(value).filter(([key, member]) => member !== usual[key])
  return unusual.length === 0 ? undefined : Object.fromEntries(unusual)
}
