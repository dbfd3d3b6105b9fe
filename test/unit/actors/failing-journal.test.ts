import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  readJournal,
  replay,
  sqliteJournal,
  type RecordedEvent,
  type SqliteJournalOptions,
} from '../../../src/index.ts'
import { scratchFile } from '../../integration/support/scratch.ts'
import { atOnce, createScene, watch, type Scene } from './scene.ts'

/** A supervisor on a file that can be taken away and given back. */
function onFile(options: SqliteJournalOptions = {}, more: object = {}) {
  const path = scratchFile('journal.db')
  const away = (): void => {
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.away${suffix}`)
    // A directory that is not there cannot be written to, and none is made in its place.
    renameSync(dirname(path), `${dirname(path)}.away`)
  }
  const back = (): void => {
    renameSync(`${dirname(path)}.away`, dirname(path))
    for (const suffix of ['', '-wal'])
      if (existsSync(`${path}.away${suffix}`)) renameSync(`${path}.away${suffix}`, path + suffix)
  }
  const scene = createScene({
    journal: sqliteJournal(path, options),
    children: [
      { id: 'web', command: 'web', restart: atOnce },
      { id: 'db', command: 'db' },
    ],
    ...more,
  })
  onTestFinished(async () => {
    const stopped = scene.supervisor.stop({ now: true })
    await scene.world.advance(0)
    await stopped
    rmSync(`${dirname(path)}.away`, { recursive: true, force: true })
  })
  return { path, scene, away, back }
}

async function stored(path: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of readJournal(path)) events.push(event)
  return events
}

const messages = ({ events }: Scene): Array<string | undefined> =>
  events.flatMap((event) => (event.type === 'journal.degraded' ? [event.data.message] : []))

async function stop({ supervisor, world }: Scene): Promise<void> {
  const stopped = supervisor.stop()
  await world.advance(0)
  await stopped
}

test('degrade: while the file is away everything goes on, and is in it when it is back, without a gap', async () => {
  const { path, scene, away, back } = onFile()
  await scene.start()
  away()
  await scene.end('web')
  await scene.end('web')
  expect(scene.states()).toEqual(['web running', 'db running'])
  expect(scene.child('web').view.incarnation).toBe(3)
  expect(messages(scene)).toEqual([expect.stringContaining('The journal cannot be written: ')])
  // Readers see what is remembered all the same, in order and to the last.
  const read: number[] = []
  const from = scene.events.find(({ type }) => type === 'process.exited')?.seq ?? 0
  for await (const item of scene.supervisor.read({ live: false, from })) {
    if (item.type === 'process.exited') read.push(item.seq)
  }
  expect(read).toHaveLength(2)
  back()
  expect((await stored(path)).filter(({ type }) => type === 'process.exited')).toHaveLength(0)
  await scene.world.advance(1_000)
  expect(messages(scene)).toEqual([expect.any(String), 'The journal is written again'])
  await stop(scene)
  const events = await stored(path)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(replay(events)).toEqual(scene.supervisor.view)
})

test('it is asked again by the turns that come, and by itself', async () => {
  const { path, scene, away, back } = onFile()
  await scene.start()
  away()
  await scene.end('web')
  back()
  // Too soon: a file that fails must not be asked by every turn.
  await scene.end('web')
  expect(messages(scene)).toHaveLength(1)
  await scene.world.advance(100)
  await scene.end('web')
  expect(messages(scene)).toHaveLength(2)
  expect(await stored(path)).toEqual(scene.supervisor.view.state === 'running' ? expect.any(Array) : [])
})

test('fail-stop: exits and signals go on; a caller’s start is refused, a restart waits for the file', async () => {
  const { path, scene, away, back } = onFile({ onFailure: 'fail-stop' })
  await scene.start()
  away()
  await scene.end('web')
  await scene.world.advance(60)
  expect(scene.states()).toEqual(['web starting', 'db running'])
  expect(scene.child('web').view.substate).toBe('spawning')
  expect(messages(scene)).toEqual([expect.stringContaining('no process begins until it can: ')])

  const stopped = watch(scene.child('db').stop())
  await scene.world.advance(0)
  expect(stopped.value).toMatchObject({ survivors: [] })
  const started = watch(
    scene
      .child('db')
      .start()
      .catch(() => scene.child('db').restart()),
  )
  await scene.world.advance(0)
  expect(started).toMatchObject({ code: 'ERR_SPAWN_FAILED' })
  expect(scene.told({ of: 'db', types: ['process.spawned', 'process.spawnFailed'] })).toEqual([
    'db process.spawned',
    'db process.spawnFailed',
  ])
  expect(scene.world.processes()).toEqual([])

  // However long it takes, nothing spins and no limit is used up.
  const before = scene.events.length
  await scene.world.advance(600_000)
  expect(scene.events.length).toBe(before)
  back()
  await scene.world.advance(1_000)
  expect(scene.child('web').view).toMatchObject({ state: 'running', incarnation: 2, restarts: 1 })
  await stop(scene)
  expect(replay(await stored(path))).toEqual(scene.supervisor.view)
})

test('fail-stop: what waits for the file can be stopped', async () => {
  const { scene, away, back } = onFile({ onFailure: 'fail-stop' })
  await scene.start()
  away()
  await scene.end('web')
  await stop(scene)
  expect(scene.states()).toEqual(['web stopped(stopped)', 'db stopped(stopped)'])
  expect(scene.told({ of: 'web', types: ['process.spawned', 'process.spawnFailed'] })).toEqual([
    'web process.spawned',
    'web process.spawnFailed',
  ])
  back()
})

test.each<[string, readonly string[], readonly string[]]>([
  ['with its log', ['', '-wal', '-shm'], []],
  ['without its log', [''], []],
  ['and after it its log', [''], ['-wal', '-shm']],
])(
  'degrade: a file that is removed, %s, is begun anew, with what is missing and all there is to know',
  async (_how, first, then) => {
    const { path, scene } = onFile()
    await scene.start()
    for (const suffix of first) rmSync(path + suffix, { force: true })
    await scene.end('web')
    await scene.world.advance(3_000)
    for (const suffix of then) rmSync(path + suffix, { force: true })
    await scene.end('web')
    await scene.world.advance(3_000)
    await stop(scene)
    const events = await stored(path)
    expect(events[0]).toMatchObject({ type: 'journal.degraded', data: { from: 1, to: (events[0]?.seq ?? 0) - 1 } })
    expect(events[1]?.type).toBe('journal.checkpointed')
    expect(replay(events)).toEqual(scene.supervisor.view)
  },
)

test('a removed directory is not made again; one that was made again is used', async () => {
  const { path, scene } = onFile()
  await scene.start()
  rmSync(dirname(path), { recursive: true })
  await scene.end('web')
  await scene.world.advance(5_000)
  expect(existsSync(dirname(path))).toBe(false)
  expect(scene.states()).toEqual(['web running', 'db running'])
  mkdirSync(dirname(path), { mode: 0o700 })
  await scene.world.advance(5_000)
  await stop(scene)
  expect(replay(await stored(path))).toEqual(scene.supervisor.view)
})

test('what is too much to remember becomes one announced gap, and a checkpoint', async () => {
  const { path, scene, away, back } = onFile({}, { children: crowd(50) })
  for (let index = 0; index < 50; index++) scene.world.program(`c${index}`, { exitsAfterMs: 1 })
  await scene.start()
  const kept = scene.events.length
  away()
  while (scene.events.length < 101_000) await scene.world.advance(20)
  for (let index = 0; index < 50; index++) scene.world.program(`c${index}`, {})
  await scene.world.advance(2)
  back()
  await scene.world.advance(1_100)
  await stop(scene)
  const events = await stored(path)
  const jumps = events.filter(({ seq }, index) => seq !== (events[index - 1]?.seq ?? 0) + 1)
  expect(jumps).toHaveLength(1)
  const [gap] = jumps as [RecordedEvent<'journal.degraded'>]
  const { from = 0, to, droppedEvents } = gap.data
  expect(gap).toMatchObject({ type: 'journal.degraded', data: { to: gap.seq - 1 } })
  expect([from >= kept, droppedEvents]).toEqual([true, (to ?? 0) - from + 1])
  expect(events[events.indexOf(gap) + 1]?.type).toBe('journal.checkpointed')
  expect(replay(events)).toEqual(scene.supervisor.view)
  expect(() => replay(events, { until: from + 5 })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
  expect(replay(events, { until: from - 1 }).state).toBe('running')
  // A reader is told exactly that.
  const gaps: unknown[] = []
  for await (const item of scene.supervisor.read({ live: false })) if (item.type === 'gap') gaps.push(item)
  expect(gaps).toEqual([{ type: 'gap', from, to, missed: droppedEvents }])
})

const crowd = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, command: `c${index}`, restart: atOnce }))

test('a record that cannot be written to the end is told as a warning, and can still be read', async () => {
  const { scene, away, back } = onFile()
  const warnings: string[] = []
  const hear = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  await scene.start()
  away()
  await stop(scene)
  await new Promise((resolve) => setImmediate(resolve))
  expect(warnings).toEqual([
    expect.stringMatching(/^BroodWarning: The last \d+ events of the record could not be written/),
  ])
  back()
  let last: string | undefined
  for await (const item of scene.supervisor.read({ live: false })) last = item.type
  expect(last).toBe('supervisor.stopped')
})
