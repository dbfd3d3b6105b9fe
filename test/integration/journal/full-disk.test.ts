import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readJournal, replay, sqliteJournal, type RecordedEvent } from '../../../src/index.ts'
import { atOnce, createScene } from '../../unit/actors/scene.ts'
import { scratchDirectory } from '../support/scratch.ts'

/** A small filesystem of its own. */
function smallDisk(): string {
  const directory = scratchDirectory()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=0700', 'tmpfs', directory], { stdio: 'pipe' })
  onTestFinished(() => void execFileSync('umount', [directory]))
  return directory
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'pipe' })
    return process.geteuid?.() === 0
  } catch {
    return false
  }
}

const may = mayMount()
if (!may) {
  console.warn('SKIP a full disk: only root may mount a small one')
  if (process.env['REQUIRE_ALL'] === '1') test('a full disk is tested', () => expect.unreachable('may not mount'))
}

/** Fills what is left, to the last byte. */
function fill(path: string): void {
  const fd = openSync(path, 'w')
  try {
    for (let size = 65_536; size >= 1;) {
      try {
        if (writeSync(fd, Buffer.alloc(size)) < size) size = Math.floor(size / 2)
      } catch {
        size = Math.floor(size / 2)
      }
    }
  } finally {
    closeSync(fd)
  }
}

test.skipIf(!may)(
  'a full disk harms no child and tears no record, and when there is room everything is written',
  async () => {
    const disk = smallDisk()
    const directory = join(disk, 'journals')
    mkdirSync(directory, { mode: 0o700 })
    const path = join(directory, 'journal.db')
    const scene = createScene(
      { journal: sqliteJournal(path), children: [{ id: 'web', command: 'web', restart: atOnce }] },
      { web: { exitsAfterMs: 1 } },
    )
    const { world, supervisor, events } = scene
    await scene.start()
    await world.advance(20)
    fill(join(disk, 'ballast'))
    for (let time = 0; time < 20; time++) await world.advance(20)
    const told = (): unknown[] =>
      events.flatMap((event) => (event.type === 'journal.degraded' ? [event.data.message] : []))
    expect(told()).toEqual([expect.stringContaining('full')])
    expect(supervisor.child('web')?.view.restarts).toBeGreaterThan(300)
    // What is there is whole.
    const before = await stored(path)
    expect(before.map(({ seq }) => seq)).toEqual(before.map((_, index) => index + 1))
    rmSync(join(disk, 'ballast'))
    await world.advance(1_000)
    expect(told()).toEqual([expect.any(String), 'The journal is written again'])
    const stopped = supervisor.stop({ now: true })
    await world.advance(0)
    await stopped
    const after = await stored(path)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => index + 1))
    expect(replay(after)).toEqual(supervisor.view)
  },
)

test.skipIf(!may)('a file that is removed from a full disk is begun anew when there is room', async () => {
  const disk = smallDisk()
  const directory = join(disk, 'journals')
  mkdirSync(directory, { mode: 0o700 })
  const path = join(directory, 'journal.db')
  const scene = createScene({
    journal: sqliteJournal(path),
    children: [{ id: 'web', command: 'web', restart: atOnce }],
  })
  const { world, supervisor } = scene
  await scene.start()
  fill(join(disk, 'ballast'))
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  fill(join(disk, 'more-ballast'))
  await scene.end('web')
  await world.advance(3_000)
  for (const ballast of ['ballast', 'more-ballast']) rmSync(join(disk, ballast))
  await world.advance(3_000)
  const stopped = supervisor.stop()
  await world.advance(0)
  await stopped
  const events = await stored(path)
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['journal.degraded', 'journal.checkpointed'])
  expect(replay(events)).toEqual(supervisor.view)
})

test.skipIf(!may)('a closed journal is read on a disk that nobody can write to', async () => {
  const disk = smallDisk()
  const path = join(disk, 'journals', 'journal.db')
  const scene = createScene({ journal: sqliteJournal(path), children: [{ id: 'web', command: 'web' }] })
  await scene.start()
  const stopped = scene.supervisor.stop()
  await scene.world.advance(0)
  await stopped
  execFileSync('mount', ['-o', 'remount,ro', disk])
  expect(() => mkdirSync(join(disk, 'more'))).toThrow('EROFS')
  expect(replay(await stored(path))).toEqual(scene.supervisor.view)
})

async function stored(path: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of readJournal(path)) events.push(event)
  return events
}
