import { randomBytes } from 'node:crypto'
import { nodeHost } from '../../../src/os/node-host.ts'
import { describeProcess, processesWith } from './processes.ts'
import { until } from './until.ts'

const marker = `BROOD_TEST_RUN=${randomBytes(8).toString('hex')}`

/** Marks every process that is started from now on, hosts and guards included, and whatever descends from it. */
export function markDescendants(): void {
  const [name = '', value] = marker.split('=')
  process.env[name] = value
}

/** The living processes that carry a cookie of this very process: its children and their descendants. */
export function livingChildren(): readonly number[] {
  return processesWith(`BROOD_COOKIE=${nodeHost().hostId}:`)
}

/** What is alive of what was started here and should not be. Guards, which end soon after their host, are awaited. */
export async function findLeaks(): Promise<readonly string[]> {
  const children = livingChildren()
  // Ended all the same, by pid: a test that fails must not leave them to the next.
  const leaks = children.map(describeProcess)
  for (const pid of children) process.kill(pid, 'SIGKILL')
  await until('nothing that was started here is alive', () => processesWith(marker).length === 0).catch(() => {
    for (const pid of processesWith(marker)) {
      leaks.push(describeProcess(pid))
      process.kill(pid, 'SIGKILL')
    }
  })
  return leaks
}
