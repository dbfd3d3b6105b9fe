import { afterAll, describe, expect, test } from 'vitest'
import { createHost } from '../../../src/os/host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { endMarked, marked, newMark, sleepers } from '../../fixtures/containment/marked.ts'
import { shapes } from '../../fixtures/containment/shapes.ts'
import { can, sayWhatIsMissing } from './containment-support.ts'
import { isRunning, kindsOf, launch } from './watched-life.ts'

const createGuard = () => ({ add: () => {}, remove: () => {}, close: () => {} })
const host = createHost({ random: systemRandom, kernel: realKernel(), createGuard })
const session = host.open({ treeId: 'escapes', report: () => {} })
afterAll(() => session.close())
sayWhatIsMissing('escapes from containment')

const sleeper = `'echo pid $$; exec sleep 1000'`

// A stop, and what follows an exit that nobody asked for.
const ends = ['a stop', 'an exit of its leader'] as const
const rows = shapes.flatMap((shape) => ends.map((end) => ({ shape, name: shape.name, end })))

// 'group' is the negative control of both others: of what leaves it the sweep finds only those that have their cookie.
for (const level of ['group', 'pidns', 'cgroup'] as const) {
  describe.skipIf(level !== 'group' && !can(level))(`in a ${level}`, () => {
    test.for(rows)('$name, after $end', async ({ shape: { leaves, found, script }, end }) => {
      const mark = newMark()
      const isContained = level !== 'group'
      let aliveWhenGone: readonly number[] | undefined
      const watched = launch(
        session,
        { command: 'sh', args: ['-c', script(mark)], ...(isContained && { containment: level }) },
        // The group is proven empty here, and the sweep has yet to begin.
        ({ kind }) => (aliveWhenGone = kind === 'gone' ? marked(mark) : aliveWhenGone),
      )
      try {
        await watched.line(/^up$/)
        const leaving = await untilSleeping(mark, (await watched.until('spawned')).pid)
        if (end === 'a stop') {
          expect(await watched.signal('SIGTERM')).toBe(true)
          if (!kindsOf(watched).includes('gone')) await watched.signal('SIGKILL')
        } else {
          expect(await watched.signal('SIGKILL', 'process')).toBe(true)
          await watched.until('exited')
          await watched.signal('SIGKILL')
        }
        await watched.until('swept')

        const left = leaves && !isContained ? leaving : []
        expect(aliveWhenGone).toEqual(left)
        expect(marked(mark)).toEqual(found ? [] : left)
        const escapees = watched.seen.flatMap((each) => (each.kind === 'escapee' ? [each.identity.pid] : []))
        expect(escapees).toEqual(found ? left : [])
        expect(await watched.survivors()).toEqual([])
        // It holds the pipe, which nobody waits for any longer than `drainMs`.
        if (!found) expect(await watched.until('drained')).toEqual({ kind: 'drained', cut: !isContained })
      } finally {
        endMarked(mark)
      }
    })
  })
}

/** The sleeper that said `up`: it may have yet to become one. Its leader may sleep, too. */
async function untilSleeping(mark: string, leader: number): Promise<readonly number[]> {
  for (;;) {
    const found = sleepers(mark).filter((pid) => pid !== leader)
    if (found.length > 0) return found
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

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
