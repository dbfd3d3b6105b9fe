import type { ProcessHost } from '../ports.ts'
import { createGuard } from './guard.ts'
import { createHost } from './host.ts'
import { realKernel } from './kernel.ts'
import { systemRandom } from './system-random.ts'

let host: ProcessHost | undefined

/**
 * The operating system this process runs on, as a `ProcessHost`: one for the whole process, made at the first call.
 *
 * On Linux with `/proc` it can do everything. Elsewhere no process has an identity: children cannot be `tethered`,
 * nothing that left its group is found, and a group is signalled only until its leader's exit is seen. On Windows there
 * are no groups: a life is one process, and almost any signal is its end.
 *
 * A `raw` stream is handed over untouched: nobody has read from it, and its errors (EPIPE, when the process stops
 * reading) are already listened to, so that writing to a dead process never harms the host. When the process exits,
 * Node discards what nobody has begun to read.
 */
export function nodeHost(): ProcessHost {
  host ??= createHost({ random: systemRandom, kernel: realKernel(), createGuard })
  return host
}
