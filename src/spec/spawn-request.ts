import type { LifeKey, SpawnRequest } from '../ports.ts'
import type { ProcessSpec } from './child-spec.ts'

/** What a host is asked for, to begin one life of a spec. `drainMs`: how long its output may be awaited after the exit. */
export function spawnRequest(spec: ProcessSpec, life: LifeKey, drainMs: number): SpawnRequest {
  const { command, args, cwd, env, envMode, argv0, user, shell, stdin, stdout, stderr, lifetime, containment, stop } =
    spec
  return {
    life,
    command,
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env,
    envMode,
    ...(argv0 === undefined ? {} : { argv0 }),
    ...(user === undefined ? {} : { user }),
    shell,
    stdin,
    stdout,
    stderr,
    lifetime,
    ...(containment === 'group' ? {} : { containment }),
    killTimeoutMs: stop.killTimeoutMs,
    drainMs,
  }
}
