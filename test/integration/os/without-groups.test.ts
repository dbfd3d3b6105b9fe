import { afterAll, expect, test } from 'vitest'
import { createGuard } from '../../../src/os/guard.ts'
import { createHost } from '../../../src/os/host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { readStat } from '../../../src/os/process-table.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { launch } from './watched-life.ts'

// As on Windows: no group is made, and none can be signalled.
const host = createHost({ random: systemRandom, kernel: { ...realKernel(), hasGroups: false }, createGuard })
const session = host.open({ treeId: systemRandom.id(), report: () => {} })
afterAll(() => session.close())

test('where there are no process groups, what is meant for the group reaches the tree', async () => {
  const life = launch(session, { command: 'sh', args: ['-c', 'sleep 300 & echo pid $!; wait'] })
  const [, text] = await life.line(/^pid (\d+)$/)
  const grandchild = Number(text)
  expect(await life.signal('SIGKILL')).toBe(true)
  expect((await life.until('exited')).signal).toBe('SIGKILL')
  await expect.poll(() => readStat(grandchild)?.dead ?? true, { timeout: 60_000 }).toBe(true)
})

test('control: what is meant for the process leaves the rest of the tree alive', async () => {
  const life = launch(session, { command: 'sh', args: ['-c', 'sleep 300 & echo pid $!; wait'] })
  const [, text] = await life.line(/^pid (\d+)$/)
  const grandchild = Number(text)
  expect(await life.signal('SIGKILL', 'process')).toBe(true)
  const alive = readStat(grandchild)
  expect(alive?.dead).toBe(false)
  // The sweep finds it afterwards, by its cookie.
  expect((await life.until('escapee')).identity.pid).toBe(grandchild)
  await life.until('swept')
})

test('a survivor is refused, since what is not detached ends with its parent', async () => {
  const streams = { stdout: 'ignore', stderr: 'ignore' } as const
  const life = launch(session, { command: 'true', lifetime: 'survivor', ...streams })
  expect(await life.until('spawnFailed')).toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: expect.stringContaining("`lifetime: 'survivor'`"),
  })
})
