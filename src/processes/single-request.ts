import type { OutputMode, SpawnRequest } from '../ports.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { spawnRequest } from '../spec/spawn-request.ts'

/** What a host is asked for to run a spec once. It has one life, in a tree of its own. */
export function singleRequest(spec: ProcessSpec, lifetime: SpawnRequest['lifetime']): SpawnRequest {
  const life = { stream: `/${encodeURIComponent(spec.id)}`, incarnation: 1 }
  const request = spawnRequest(spec, life, 0)
  return { ...request, stdout: untouched(spec.stdout), stderr: untouched(spec.stderr), lifetime }
}

/** As bytes: whether the last line had an end, and which, cannot be told from lines. */
function untouched(mode: OutputMode): OutputMode {
  return mode === 'lines' ? 'raw' : mode
}
