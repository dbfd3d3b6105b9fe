import type { ProcessData, RestartData, SupervisorChildData, TaskData } from './child-schema.ts'
import { defaultBackoff } from './defaults.ts'
import { show } from './show.ts'
import { stdioStreams } from './stdio-streams.ts'

/** What breaks a rule, and how. */
export interface Breach {
  readonly keys: readonly PropertyKey[]
  readonly expected: string
  readonly got: string
}

/** What must hold between fields. Judged where every field it looks at is sound by itself. */
export interface Rule<Data> {
  readonly fields: readonly (keyof Data & string)[]
  readonly judge: (data: Partial<Data>) => Breach | undefined
}

type Restartable = Pick<ProcessData, 'restart' | 'significant' | 'oneShot'>

function restartType(restart: RestartData | undefined, oneShot = false): string {
  if (restart === undefined) return oneShot ? 'temporary' : 'permanent'
  return typeof restart === 'string' ? restart : restart.type
}

const oneShotIsTemporary: Rule<Restartable> = {
  fields: ['oneShot', 'restart'],
  judge: ({ oneShot, restart }) => {
    if (oneShot !== true || restart === undefined) return undefined
    const type = restartType(restart)
    if (type === 'temporary') return undefined
    const keys = typeof restart === 'string' ? ['restart'] : ['restart', 'type']
    return { keys, expected: "'temporary' for a one-shot", got: `'${type}'` }
  },
}

/** A permanent child never ends by itself for good, so its end could not mean anything. */
const significantEnds: Rule<Restartable> = {
  fields: ['oneShot', 'restart', 'significant'],
  judge: ({ oneShot, restart, significant }) =>
    significant === true && restartType(restart, oneShot) === 'permanent'
      ? { keys: ['significant'], expected: "false unless `restart` is 'transient' or 'temporary'", got: 'true' }
      : undefined,
}

const backoffAscends: Rule<Restartable> = {
  fields: ['restart'],
  judge: ({ restart }) => {
    if (typeof restart !== 'object' || restart.backoff === undefined) return undefined
    const { minMs = defaultBackoff.minMs, maxMs = defaultBackoff.maxMs } = restart.backoff
    if (minMs <= maxMs) return undefined
    // The one that was given is the one to be changed.
    return restart.backoff.minMs === undefined
      ? { keys: ['restart', 'backoff', 'maxMs'], expected: `>= \`minMs\` (${minMs})`, got: String(maxMs) }
      : { keys: ['restart', 'backoff', 'minMs'], expected: `<= \`maxMs\` (${maxMs})`, got: String(minMs) }
  },
}

/** Either a signal with a grace, or stages, which say both. */
const stagesStandAlone: Rule<ProcessData> = {
  fields: ['stop'],
  judge: ({ stop }) => {
    if (stop?.stages === undefined) return undefined
    const { signal, killTimeoutMs } = stop
    if (signal === undefined && killTimeoutMs === undefined) return undefined
    const [key, got] = signal === undefined ? ['killTimeoutMs', String(killTimeoutMs)] : ['signal', `'${signal}'`]
    return { keys: ['stop', key], expected: 'absent beside `stages`', got }
  },
}

const stagesAscend: Rule<ProcessData> = {
  fields: ['stop'],
  judge: ({ stop }) => {
    let before = 0
    for (const [index, { atMs }] of (stop?.stages ?? []).entries()) {
      const keys = ['stop', 'stages', index, 'atMs']
      if (atMs < before) return { keys, expected: `>= \`atMs\` of the stage before (${before})`, got: String(atMs) }
      before = atMs
    }
    return undefined
  },
}

const shellTakesNoArguments: Rule<ProcessData> = {
  fields: ['args', 'shell'],
  judge: ({ args = [], shell }) =>
    shell === true && args.length > 0
      ? { keys: ['args'], expected: 'empty with `shell: true`', got: `an array of ${args.length}` }
      : undefined,
}

/** Only a stream that is split into lines can be searched for one: on another the wait would end in a timeout. */
const readyLineIsRead: Rule<ProcessData> = {
  fields: ['ready', 'stdio'],
  judge: ({ ready, stdio }) => {
    if (typeof ready !== 'object') return undefined
    const streams = stdioStreams(stdio)
    const read = (['stdout', 'stderr'] as const).filter((name) => streams[name] === 'lines')
    // Without a source, what is not read must be out of the question: of a raw stream somebody else reads the lines.
    const raw = streams.stdout === 'raw' || streams.stderr === 'raw'
    if (ready.source === undefined ? read.length > 0 && !raw : read.includes(ready.source)) return undefined
    const [only] = read
    return only === undefined
      ? { keys: ['ready', 'line'], expected: "on a stream that is 'lines'", got: 'none such in `stdio`' }
      : {
          keys: ['ready', 'source'],
          expected: `'${only}', the only stream that is 'lines'`,
          got: ready.source === undefined ? 'undefined' : `'${ready.source}'`,
        }
  },
}

/** A pipe ends with the host, and who writes to it then is ended by SIGPIPE; a terminal ends with its session. */
const survivorsNeedNobody: Rule<ProcessData> = {
  fields: ['lifetime', 'stdio'],
  judge: ({ lifetime, stdio }) => {
    if (lifetime !== 'survivor') return undefined
    const streams = stdioStreams(stdio)
    const [bound] = (['stdin', 'stdout', 'stderr'] as const).flatMap((name) => {
      const mode = streams[name]
      return typeof mode === 'string' && mode !== 'ignore' ? [{ name, mode }] : []
    })
    if (bound === undefined) return undefined
    const isImplied = stdio === undefined || (typeof stdio === 'object' && stdio[bound.name] === undefined)
    return {
      keys: ['stdio', bound.name],
      expected: "'ignore' or a file with `lifetime: 'survivor'`",
      got: `'${bound.mode}'${isImplied ? ', the default' : ''}`,
    }
  },
}

/** Who asks for lines must get some: of a stream that is not read there are none. */
const logIsRead: Rule<ProcessData> = {
  fields: ['log', 'logWriter', 'stdio'],
  judge: ({ log = false, logWriter, stdio }) => {
    const streams = stdioStreams(stdio)
    if (typeof log === 'object') {
      for (const name of ['stdout', 'stderr'] as const) {
        const target = log[name] ?? false
        if (target === false || streams[name] === 'lines') continue
        return { keys: ['log', name], expected: `false, since \`stdio.${name}\` is not 'lines'`, got: show(target) }
      }
    }
    if (streams.stdout === 'lines' || streams.stderr === 'lines') return undefined
    if (log === true) return { keys: ['log'], expected: "false, since no stream is 'lines'", got: 'true' }
    if (logWriter === undefined) return undefined
    return { keys: ['logWriter'], expected: "absent, since no stream is 'lines'", got: 'a writable stream' }
  },
}

export const processRules: readonly Rule<ProcessData>[] = [
  oneShotIsTemporary,
  significantEnds,
  backoffAscends,
  stagesStandAlone,
  stagesAscend,
  shellTakesNoArguments,
  readyLineIsRead,
  survivorsNeedNobody,
  logIsRead,
]

/** What holds for children that are never one-shots. */
const lastingRules = [significantEnds, backoffAscends].map(({ fields, judge }) => ({
  fields: fields.filter((field) => field !== 'oneShot'),
  judge,
}))

export const taskRules: readonly Rule<TaskData>[] = lastingRules
export const supervisorRules: readonly Rule<SupervisorChildData>[] = lastingRules
