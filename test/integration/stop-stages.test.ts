import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runProcess, type StopStage } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { scratchFile } from './support/scratch.ts'
import { rejection, supervise, type Observed } from './support/supervise.ts'
import { sh, whenReady } from './support/zoo.ts'

expectNoLeaks()

/** The process, then its group, at the end SIGKILL to the group: with as much time as a test needs, or with little. */
const inThree = (groupMs: number, killMs: number): readonly StopStage[] => [
  { signal: 'SIGTERM', to: 'process', atMs: 0 },
  { signal: 'SIGTERM', to: 'group', atMs: groupMs },
  { signal: 'SIGKILL', to: 'group', atMs: killMs },
]
const never = 100_000_000

const signals = ({ of }: Observed, id: string) =>
  of('signal.sent', id).map(({ data: { signal, to, stage } }) => `${signal} ${to} ${stage}`)

test('the process is signalled alone and then with its group: it gets two, those in its group one', async () => {
  // The leader goes with its second SIGTERM, when the member has said how many it got.
  const leader = `
    (n=0; trap 'n=$((n + 1))' TERM; trap 'over=1' USR1
     echo ready; while [ -z "$over" ]; do sleep 0.02; done; echo "member got $n") &
    n=0; trap 'n=$((n + 1)); echo "leader got $n"' TERM
    while [ "$n" -lt 2 ]; do sleep 0.02; done
    kill -USR1 $!; while kill -0 $! 2>/dev/null; do wait $!; done; exit 3`
  const tree = supervise({
    children: [{ id: 'web', ...sh(leader), ...whenReady, stop: { stages: inThree(1_000, never) } }],
  })
  await tree.supervisor.start()
  const { children } = await tree.child('web').stop()
  expect(tree.said('web')).toEqual(['ready', 'leader got 1', 'leader got 2', 'member got 1'])
  expect(signals(tree, 'web')).toEqual(['SIGTERM process stop', 'SIGTERM group stop'])
  expect(children[0]).toMatchObject({ outcome: 'stopped', escalated: false, exit: { code: 3, expected: true } })
})

/** A leader that goes at once, and leaves somebody in its group who needs a SIGTERM of his own, and then some time. */
const leaves = (file: string): string => `
  sh -c 'trap "sleep 0.1; echo done >${file}; exit" TERM; echo "pid $$"; echo ready; while :; do sleep 0.02; done' &
  trap 'exit 5' TERM; while :; do sleep 0.02; done`

test('the group gets its signal and its grace although its leader went with the first', async () => {
  const file = scratchFile()
  const tree = supervise({
    children: [{ id: 'npx', ...sh(leaves(file)), ...whenReady, stop: { stages: inThree(200, never) } }],
  })
  await tree.supervisor.start()
  const [member = 0] = await tree.pids('npx', 1)
  const alive: boolean[] = []
  tree.at('process.exited', () => alive.push(isAlive(member)))
  tree.at('child.stopped', () => alive.push(isAlive(member)))
  const { children } = await tree.child('npx').stop()
  expect(alive).toEqual([true, false])
  expect(readFileSync(file, 'utf8')).toBe('done\n')
  expect(signals(tree, 'npx')).toEqual(['SIGTERM process stop', 'SIGTERM group stop'])
  expect(children[0]).toMatchObject({ escalated: false, exit: { code: 5, expected: true } })
})

test('negative control: with stages for the process alone, the group is only killed', async () => {
  const file = scratchFile()
  const stages = [
    { signal: 'SIGTERM', to: 'process', atMs: 0 },
    { signal: 'SIGKILL', to: 'group', atMs: 200 },
  ] as const
  const tree = supervise({ children: [{ id: 'npx', ...sh(leaves(file)), ...whenReady, stop: { stages } }] })
  await tree.supervisor.start()
  const { children } = await tree.child('npx').stop()
  expect(existsSync(file)).toBe(false)
  expect(children[0]).toMatchObject({ escalated: true, outcome: 'stopped' })
})

test('who ignores all of it is killed with the whole group', async () => {
  const tree = supervise({
    children: [
      {
        id: 'web',
        ...sh(`trap '' TERM; sleep 300 >/dev/null 2>&1 & echo "pid $!"; echo ready; exec sleep 300`),
        ...whenReady,
        stop: { stages: inThree(100, 300) },
      },
    ],
  })
  await tree.supervisor.start()
  const family = [tree.child('web').view.pid ?? 0, ...(await tree.pids('web', 1))]
  expect(family.map(isAlive)).toEqual([true, true])
  const { children } = await tree.child('web').stop()
  expect(family.map(isAlive)).toEqual([false, false])
  expect(signals(tree, 'web')).toEqual(['SIGTERM process stop', 'SIGTERM group stop', 'SIGKILL group kill'])
  expect(children[0]).toMatchObject({ escalated: true, exit: { signal: 'SIGKILL', expected: true } })
  expect(tree.of('stop.requested')[0]?.data).toMatchObject({ signal: 'SIGTERM', killTimeoutMs: 300 })
})

/** A leader that waits for a child of its own, which cleans up on SIGTERM in a session where the group does not reach. */
const waitsForSession = (file: string): string => `
  setsid sh -c 'trap "echo clean >${file}; exit" TERM; echo ready; while :; do sleep 0.02; done' </dev/null &
  trap : TERM; while kill -0 $! 2>/dev/null; do wait $!; done; exit 4`

test('a stage to the tree reaches descendants in sessions of their own, who can then clean up', async () => {
  const file = scratchFile()
  const stages = [
    { signal: 'SIGTERM', to: 'tree', atMs: 0 },
    { signal: 'SIGKILL', to: 'group', atMs: never },
  ] as const
  const tree = supervise({ children: [{ id: 'web', ...sh(waitsForSession(file)), ...whenReady, stop: { stages } }] })
  await tree.supervisor.start()
  const { children } = await tree.child('web').stop()
  expect(readFileSync(file, 'utf8')).toBe('clean\n')
  expect(signals(tree, 'web')).toEqual(['SIGTERM tree stop'])
  expect(children[0]).toMatchObject({ escalated: false, exit: { code: 4, expected: true } })
})

test('negative control: to the group it does not, and they are swept', async () => {
  const file = scratchFile()
  const tree = supervise({
    children: [{ id: 'web', ...sh(waitsForSession(file)), ...whenReady, stop: { stages: inThree(0, 200) } }],
  })
  await tree.supervisor.start()
  const { children } = await tree.child('web').stop()
  expect(existsSync(file)).toBe(false)
  expect(signals(tree, 'web')).toContain('SIGKILL escapee sweep')
  expect(children[0]).toMatchObject({ escalated: true, outcome: 'stopped' })
})

test('`now` skips every stage, and a restart climbs them', async () => {
  const graceful = sh(`trap 'exit 6' USR2; trap '' TERM; echo ready; while :; do sleep 0.02; done`)
  const stages = [
    { signal: 'SIGTERM', to: 'group', atMs: 0 },
    { signal: 'SIGUSR2', to: 'process', atMs: 50 },
    { signal: 'SIGKILL', to: 'group', atMs: never },
  ] as const
  const tree = supervise({ children: [{ id: 'web', ...graceful, ...whenReady, stop: { stages } }] })
  await tree.supervisor.start()
  expect(await tree.child('web').restart()).toMatchObject({ incarnation: 2, lastExit: { code: 6, expected: true } })
  expect(signals(tree, 'web')).toEqual(['SIGTERM group stop', 'SIGUSR2 process stop'])
  const { children } = await tree.child('web').stop({ now: true })
  expect(signals(tree, 'web').slice(2)).toEqual(['SIGKILL group kill'])
  expect(children[0]).toMatchObject({ escalated: true, exit: { signal: 'SIGKILL' } })
})

test('a run that is cut short climbs its stages, too', async () => {
  const script = `trap '' TERM; trap 'exit 9' USR1; echo ready; while :; do sleep 0.02; done`
  const stages = [
    { signal: 'SIGTERM', to: 'group', atMs: 0 },
    { signal: 'SIGUSR1', to: 'process', atMs: 50 },
    { signal: 'SIGKILL', to: 'group', atMs: never },
  ] as const
  const error = await rejection(runProcess({ ...sh(script), stop: { stages } }, { timeoutMs: 1_000 }))
  expect(error).toMatchObject({ code: 'ERR_RUN_TIMEOUT', exit: { code: 9, cause: 'timeout' } })
})
