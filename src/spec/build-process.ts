import { BroodError } from '../errors.ts'
import type { ProcessUser } from '../ports.ts'
import type { ProcessSpec } from './child-spec.ts'
import type { ProcessData, ReadyData } from './child-schema.ts'
import { defaultReadyTimeoutMs, noNames, noVariables } from './defaults.ts'
import { dependencies } from './dependencies.ts'
import { lineLogging } from './line-logging.ts'
import { restartPolicy } from './restart-policy.ts'
import { stdioStreams } from './stdio-streams.ts'
import { stopPolicy } from './stop-policy.ts'

/** A complete, frozen spec from sound data, which is a copy of our own already. @throws {BroodError} ERR_UNSUPPORTED */
export function buildProcess(data: ProcessData, platformTether: boolean): ProcessSpec {
  const { id, oneShot = false, cwd, argv0, user, reloadSignal, ready = 'spawned', logWriter } = data
  if (data.lifetime === 'tethered' && !platformTether) {
    throw new BroodError(
      'ERR_UNSUPPORTED',
      `Expected \`lifetime\` of \`${id}\` to be 'attached', since this platform has no way to tether a process`,
      { child: id },
    )
  }
  const streams = stdioStreams(data.stdio)
  const log = lineLogging(data.log, streams)
  // Absent options are absent, not undefined; and one literal gives all specs few shapes.
  return Object.freeze({
    id,
    kind: 'process',
    oneShot,
    significant: data.significant ?? false,
    restart: restartPolicy(data.restart, oneShot),
    stop: stopPolicy(data.stop),
    readiness: ready === 'spawned' ? 'spawned' : 'told',
    readyTimeoutMs: data.readyTimeoutMs ?? defaultReadyTimeoutMs,
    runTimeoutMs: data.runTimeoutMs ?? Infinity,
    after: dependencies(data.after),
    command: data.command,
    args: filled(data.args),
    env: data.env === undefined ? noVariables : variables(data.env),
    envMode: data.envMode ?? 'merge',
    shell: data.shell ?? false,
    ready: readiness(ready),
    ...streams,
    lifetime: data.lifetime ?? (platformTether ? 'tethered' : 'attached'),
    containment: data.containment ?? 'group',
    secrets: filled(data.secrets),
    ...(cwd === undefined ? {} : { cwd }),
    ...(argv0 === undefined ? {} : { argv0 }),
    ...(user === undefined ? {} : { user: identity(user) }),
    ...(reloadSignal === undefined ? {} : { reloadSignal }),
    ...(log === undefined ? {} : { log }),
    ...(logWriter === undefined ? {} : { logWriter }),
  } satisfies ProcessSpec)
}

/** A host that is itself a child of brood passes its own cookie on with `process.env`: each child gets one of its own. */
function variables(env: Record<string, string>): Readonly<Record<string, string>> {
  delete env['BROOD_COOKIE']
  return Object.freeze(env)
}

function identity(user: NonNullable<ProcessData['user']>): ProcessUser {
  if (typeof user === 'string') return user
  const { uid, gid } = user
  return Object.freeze(gid === undefined ? { uid } : { uid, gid })
}

function filled(texts: readonly string[] | undefined): readonly string[] {
  return texts === undefined || texts.length === 0 ? noNames : Object.freeze(texts)
}

function readiness(ready: ReadyData): ProcessSpec['ready'] {
  if (typeof ready === 'string') return ready
  const { line, source } = ready
  return Object.freeze(source === undefined ? { line } : { line, source })
}
