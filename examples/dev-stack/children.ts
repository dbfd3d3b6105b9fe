import { fileURLToPath } from 'node:url'
import type { ProcessOptions } from '../../src/index.ts'
import { binPath } from './bin-path.ts'

const project = fileURLToPath(new URL('project', import.meta.url))
const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

/** A front-end developer's morning: a compiler, a server that needs what it writes, and something that keeps crashing. */
export const children: readonly ProcessOptions[] = [
  {
    id: 'tsc',
    command: process.execPath,
    args: [binPath('typescript', 'tsc'), '--watch', '--preserveWatchOutput', '--project', project],
    ready: { line: 'Watching for file changes' },
  },
  {
    id: 'web',
    command: process.execPath,
    args: [binPath('sirv-cli', 'sirv'), project, '--dev'],
    // sirv-cli believes these two before its own options: somebody's HOST=0.0.0.0 must not open this to the network.
    env: { HOST: '127.0.0.1', PORT: '0' },
    ready: { line: /Local:\s+http/ },
    // Before the first compilation there is nothing to serve. Stopped in the opposite order, too.
    after: ['tsc'],
  },
  {
    id: 'worker',
    command: process.execPath,
    args: [worker],
    after: ['web'],
    // Short waits and a small limit, so that its whole story fits into a few seconds. No jitter: the same each time.
    restart: {
      type: 'permanent',
      backoff: { minMs: 500, maxMs: 5_000, factor: 2, jitter: 0 },
      limit: { restarts: 2, withinMs: 60_000 },
    },
  },
]
