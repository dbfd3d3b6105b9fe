import type { OutputMode, SpawnRequest } from '../ports.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'

/** What a host is asked for. It has one life, in a tree of its own. */
export function spawnRequest(spec: ProcessSpec, lifetime: SpawnRequest['lifetime']): SpawnRequest {
  const { id, command, args, cwd, env, envMode, argv0, user, shell, stdin, stdout, stderr, stop } = spec
  return {
    life: { stream: `/${encodeURIComponent(id)}`, incarnation: 1 },
    command,
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env,
    envMode,
    ...(argv0 === undefined ? {} : { argv0 }),
    ...(user === undefined ? {} : { user }),
    shell,
    stdin,
    stdout: untouched(stdout),
    stderr: untouched(stderr),
    lifetime,
    killTimeoutMs: stop.killTimeoutMs,
    drainMs: 0,
  }
}

/** As bytes: whether the last line had an end, and which, cannot be told from lines. */
function untouched(mode: OutputMode): OutputMode {
  return mode === 'lines' ? 'raw' : mode
}
