import { afterAll, expect, test } from 'vitest'
import { createHost } from '../../../src/os/host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { isRunning, kindsOf, launch } from './watched-life.ts'

const createGuard = () => ({ add: () => {}, remove: () => {}, close: () => {} })
const host = createHost({ random: systemRandom, kernel: realKernel(), createGuard })
const session = host.open({ treeId: 'escapes', report: () => {} })
afterAll(() => session.close())

const sleeper = `'echo pid $$; exec sleep 1000'`

const shapes = [
  { name: 'a plain grandchild', leaves: false, script: `sh -c ${sleeper} & wait` },
  { name: 'backgrounded by a parent that exits', leaves: false, script: `sh -c ${sleeper} & exit 0` },
  { name: 'nohup', leaves: false, script: `nohup sh -c ${sleeper} & wait` },
  {
    name: 'a job in a group of its own',
    leaves: true,
    script: `bash -c "set -m; sh -c ${sleeper.replaceAll('$', '\\$')} & wait"`,
  },
  { name: 'setsid', leaves: true, script: `setsid sh -c ${sleeper} & wait` },
  { name: 'a daemon: two forks and setsid', leaves: true, script: `(setsid sh -c ${sleeper} &) ; exec sleep 1000` },
  { name: 'one that ignores SIGTERM', leaves: false, script: `trap '' TERM; sh -c ${sleeper} & wait` },
] as const

test.for(shapes)('$name does not survive its life', async ({ leaves, script }) => {
  let aliveWhenGone: boolean | undefined
  let pid = 0
  const watched = launch(session, { command: 'sh', args: ['-c', script] }, (observation) => {
    // The negative control: the group is proven empty here, and the sweep has yet to begin.
    if (observation.kind === 'gone') aliveWhenGone = isRunning(pid)
  })
  pid = Number((await watched.line(/^pid (\d+)$/))[1])
  expect(isRunning(pid)).toBe(true)
  await watched.signal('SIGKILL')
  await watched.until('swept')

  expect(isRunning(pid)).toBe(false)
  expect(aliveWhenGone).toBe(leaves)
  const escapees = watched.seen.flatMap((each) => (each.kind === 'escapee' ? [each.identity.pid] : []))
  expect(escapees).toEqual(leaves ? [pid] : [])
  expect(await watched.survivors()).toEqual([])
})

test('what clears its environment and leaves the session is out of reach, and swept does not claim otherwise', async () => {
  const watched = launch(session, { command: 'sh', args: ['-c', `env -i setsid /bin/sh -c ${sleeper} & wait`] })
  const pid = Number((await watched.line(/^pid (\d+)$/))[1])
  try {
    await watched.signal('SIGKILL')
    await watched.until('swept')
    expect(kindsOf(watched)).not.toContain('escapee')
    expect(isRunning(pid)).toBe(true)
    // It holds the pipe, which nobody waits for any longer than `drainMs`.
    expect(await watched.until('drained')).toEqual({ kind: 'drained', cut: true })
  } finally {
    process.kill(pid, 'SIGKILL')
  }
})

test('what clears its environment but stays in the group is ended with it, also after the leader', async () => {
  const watched = launch(session, { command: 'sh', args: ['-c', `env -i /bin/sh -c ${sleeper} & exit 0`] })
  const pid = Number((await watched.line(/^pid (\d+)$/))[1])
  await watched.until('exited')
  expect(await watched.survivors()).toEqual([pid])
  expect(await watched.signal('SIGKILL')).toBe(true)
  await watched.until('swept')
  expect(isRunning(pid)).toBe(false)
  expect(kindsOf(watched)).not.toContain('escapee')
})

test('a stopped child acts on SIGTERM, because it is continued', async () => {
  const watched = launch(session, { command: 'sh', args: ['-c', `echo pid $$; exec sleep 1000`] })
  await watched.line(/^pid/)
  expect(await watched.signal('SIGSTOP')).toBe(true)
  expect(await watched.signal('SIGTERM')).toBe(true)
  expect(await watched.until('exited')).toMatchObject({ signal: 'SIGTERM' })
})

test('the group is not gone while one of it lives', async () => {
  const watched = launch(session, {
    command: 'sh',
    args: ['-c', `sh -c 'trap "" TERM; echo ready; exec sleep 1000' & wait`],
  })
  await watched.line(/^ready$/)
  expect(await watched.signal('SIGTERM')).toBe(true)
  await watched.until('exited')
  const [left, ...others] = await watched.survivors()
  expect(others).toEqual([])
  // Probes are no proof of anything but of somebody being there.
  expect(await watched.signal(0)).toBe(true)
  expect(kindsOf(watched)).not.toContain('gone')
  expect(await watched.signal('SIGKILL')).toBe(true)
  await watched.until('gone')
  expect(isRunning(left ?? 0)).toBe(false)
  expect(await watched.signal('SIGKILL')).toBe(false)
})

test('a burst of exits is proven and swept, every life for itself', async () => {
  const lives = Array.from({ length: 60 }, (_, i) =>
    launch(session, {
      command: 'sh',
      args: ['-c', i % 6 === 0 ? `setsid sh -c ${sleeper} & wait` : 'echo pid $$; exec sleep 1000'],
    }),
  )
  await Promise.all(lives.map((watched) => watched.line(/^pid/)))
  for (const watched of lives) watched.life.signal('SIGKILL', 'group', () => {})
  await Promise.all(lives.flatMap((watched) => [watched.until('swept'), watched.until('drained')]))
  for (const [i, watched] of lives.entries()) {
    const kinds = kindsOf(watched).filter((kind) => kind !== 'line' && kind !== 'drained')
    expect(kinds).toEqual(['spawned', 'exited', 'gone', ...(i % 6 === 0 ? ['escapee'] : []), 'swept'])
  }
})
