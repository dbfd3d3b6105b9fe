import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import {
  checkInvariants,
  readJournal,
  recoverSupervisor,
  sqliteJournal,
  type ChildOptions,
  type RecordedEvent,
  type Supervisor,
} from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { allDead, pidsIn, runHost } from '../support/run-host.ts'
import { scratchFile } from '../support/scratch.ts'
import { until } from '../support/until.ts'
import { sh, zoo } from '../support/zoo.ts'

expectNoLeaks()

/** What a host leaves that is killed once its children are up. */
async function leave(children: readonly ChildOptions[]) {
  const journal = scratchFile('state/journal.db')
  const host = runHost('keeps-journal', { journal, supervisor: { children } })
  const pids = pidsIn(await host.hears('started'))
  onTestFinished(async () => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await allDead(pids)
  })
  await host.killed()
  return { journal, pids, host }
}

async function recover(journal: string, children: readonly ChildOptions[], orphans?: 'adopt'): Promise<Supervisor> {
  const supervisor = await recoverSupervisor({ journal: sqliteJournal(journal), children: [...children], orphans })
  onTestFinished(async () => {
    await supervisor.stop({ now: true })
    expect(checkInvariants(await eventsIn(journal))).toEqual([])
  })
  return supervisor
}

async function eventsIn(journal: string): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of readJournal(journal)) events.push(event)
  return events
}

test('an adopted survivor goes on without a gap, is stopped and restarted like any other, and nobody invents how it ended', async () => {
  const file = scratchFile()
  const children: ChildOptions[] = [
    {
      id: 'counts',
      ...sh('i=0; while :; do i=$((i + 1)); echo "$i"; sleep 0.01; done'),
      lifetime: 'survivor',
      stdio: { stdout: { file }, stderr: 'ignore' },
      restart: { type: 'permanent', backoff: { minMs: 0 } },
    },
  ]
  const lines = (): readonly string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1)
  const { journal, pids } = await leave(children)
  const supervisor = await recover(journal, children, 'adopt')
  const child = supervisor.child('counts')
  expect(child?.view).toMatchObject({ state: 'running', incarnation: 1, pid: pids[0] })
  await supervisor.start()
  expect(child?.view).toMatchObject({ state: 'running', incarnation: 1, pid: pids[0] })
  const known = lines().length
  await until('it has gone on', () => lines().length > known + 10)
  expect(lines()).toEqual(lines().map((_, index) => String(index + 1)))

  process.kill(pids[0] ?? 0, 'SIGKILL')
  await until('it lives again', () => child?.view.incarnation === 2 && child.view.state === 'running')
  expect(child?.view.lastExit).toMatchObject({ code: null, signal: null, status: null, expected: false })
  expect(await child?.restart()).toMatchObject({ state: 'running', incarnation: 3 })
  const { children: reports, survivors } = await supervisor.stop()
  expect(reports).toMatchObject([{ id: 'counts', outcome: 'stopped' }])
  expect(survivors).toEqual([])
})

test('what is found alive is stopped with its whole ladder; what is not given again is removed as well', async () => {
  const stubborn: ChildOptions = {
    id: 'stubborn',
    ...sh('trap "" TERM; exec sleep 1000'),
    lifetime: 'attached',
    stop: { killTimeoutMs: 200 },
  }
  const forgotten: ChildOptions = { id: 'forgotten', ...zoo('sleeps'), lifetime: 'survivor', stdio: 'ignore' }
  const { journal, pids } = await leave([stubborn, forgotten])
  // Negative control: both have outlived their host.
  expect(pids.map(isAlive)).toEqual([true, true])
  const supervisor = await recover(journal, [stubborn])
  expect(pids.map(isAlive)).toEqual([false, false])
  expect(supervisor.children().map(({ id }) => id)).toEqual(['stubborn'])
  const events = await eventsIn(journal)
  const since = events.slice(events.findIndex(({ type }) => type === 'supervisor.recovered'))
  const told = (id: string): readonly string[] =>
    since.flatMap((event) =>
      event.child !== id ? [] : event.type === 'signal.sent' ? `${event.type} ${event.data.signal}` : event.type,
    )
  expect(told('stubborn')).toEqual([
    'stop.requested',
    'splay.elapsed',
    'signal.sent SIGTERM',
    'killTimeout.elapsed',
    'signal.sent SIGKILL',
    'process.exited',
    'process.drained',
    'child.stopped',
  ])
  expect(told('forgotten').at(-1)).toBe('child.removed')
  await supervisor.start()
  expect(supervisor.child('stubborn')?.view).toMatchObject({ state: 'running', incarnation: 2 })
})

test('while a host lives nobody takes its tree, and whoever tries is told who has it', async () => {
  const children: ChildOptions[] = [{ id: 'sleeps', ...zoo('sleeps') }]
  const journal = scratchFile('state/journal.db')
  const host = runHost('keeps-journal', { journal, supervisor: { children } })
  const pids = pidsIn(await host.hears('started'))
  await expect(recoverSupervisor({ journal: sqliteJournal(journal), children })).rejects.toMatchObject({
    code: 'ERR_JOURNAL_LOCKED',
    message: expect.stringContaining(`process ${host.pid}, `),
  })
  expect(pids.map(isAlive)).toEqual([true])
  await host.killed()
  const supervisor = await recover(journal, children)
  expect(supervisor.child('sleeps')?.view).toMatchObject({ state: 'stopped', desired: 'up' })
})
