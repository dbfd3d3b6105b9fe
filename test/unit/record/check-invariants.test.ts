import { describe, expect, test } from 'vitest'
import { checkInvariants, createSupervisor, memoryJournal, type RecordedEvent } from '../../../src/index.ts'
import { rulesOf } from '../../../src/record/invariants/rules.ts'
import { defaultBackoff, defaultRestart, defaultStop } from '../../../src/spec/defaults.ts'
import { createWorld } from '../../../src/testing/index.ts'

/** A day in which `web` crashes every second and `db` runs, on a journal of its own, `runs` times over. */
async function recorded({ retain = Infinity, runs = 1 } = {}): Promise<readonly RecordedEvent[]> {
  const world = createWorld()
  world.program('web', { exitsAfterMs: 1_000, code: 1 })
  world.program('db', {})
  const journal = memoryJournal({ retain })
  for (let run = 0; run < runs; run += 1) {
    const supervisor = createSupervisor({
      ports: world.ports,
      journal,
      children: [
        { id: 'db', command: 'db' },
        {
          id: 'web',
          command: 'web',
          after: ['db'],
          restart: { type: 'permanent', limit: { restarts: 9, withinMs: 60_000 } },
        },
      ],
    })
    const started = supervisor.start()
    await world.advance(20_000)
    await started
    const stopped = supervisor.stop()
    await world.advance(10_000)
    await stopped
  }
  return journal.read(journal.first, Infinity)
}

const names = (log: readonly RecordedEvent[]): readonly string[] =>
  checkInvariants(log).map(({ invariant }) => invariant)

/** One more event in the root's stream, with whatever a test wants to say. */
function told(log: readonly RecordedEvent[], event: object): RecordedEvent {
  const last = log.at(-1)
  const revision = (log.findLast(({ stream }) => stream === '/')?.revision ?? 0) + 1
  return {
    ...last,
    stream: '/',
    child: 'root',
    seq: (last?.seq ?? 0) + 1,
    revision,
    v: 1,
    data: {},
    ...event,
  } as RecordedEvent
}

test('of nothing there is nothing to say', () => {
  expect(checkInvariants([])).toEqual([])
})

test('a violation names the invariant, the event and what is wrong there', async () => {
  const log = await recorded()
  const at = log.findIndex(({ type }) => type === 'process.exited')
  const broken = log.with(at, { ...log[at], data: { ...log[at]?.data, status: 127 } } as RecordedEvent)
  expect(checkInvariants(broken)).toEqual([
    {
      invariant: 'exits-are-as-the-kernel-said',
      seq: at + 1,
      message: 'process.exited of /web: status 127 of code 1, no signal',
    },
  ])
})

describe('where a log begins and ends', () => {
  test('one that begins with a checkpoint is judged from there on', async () => {
    const log = await recorded({ retain: 20 })
    expect(log[0]).toMatchObject({ type: 'journal.checkpointed', seq: expect.any(Number) })
    expect(log[0]?.seq).toBeGreaterThan(1)
    expect(checkInvariants(log)).toEqual([])
    // It knows who was alive: a second life beside one that the checkpoint tells of is found.
    const exit = log.findIndex(({ type, child }) => type === 'process.exited' && child === 'db')
    const first = log[0]?.seq ?? 0
    const immortal: RecordedEvent[] = []
    for (const event of log.toSpliced(exit, 1)) immortal.push({ ...event, seq: first + immortal.length })
    expect(names(immortal)).toContain('every-life-ends-once')
  })

  test('one that begins in the middle is told so, and is not judged before its first checkpoint', async () => {
    const log = await recorded()
    expect(names(log.slice(5))).toEqual(['seq-is-gapless'])
  })

  test('several runs of a supervisor in one log are one log', async () => {
    const log = await recorded({ runs: 3 })
    expect(log.filter(({ type }) => type === 'supervisor.started')).toHaveLength(3)
    expect(checkInvariants(log)).toEqual([])
  })

  test('a run that began after a reboot has a clock of its own', async () => {
    const log = await recorded({ runs: 2 })
    const second = log.findIndex(({ type }) => type === 'supervisor.stopped') + 1
    const rebooted: RecordedEvent[] = log.slice(0, second)
    for (const event of log.slice(second)) rebooted.push({ ...event, mono: event.mono - 3_600_000 })
    expect(checkInvariants(rebooted)).toEqual([])
  })
})

/** A log of which the store lost a part, and told so. */
async function withGap(): Promise<{
  readonly before: readonly RecordedEvent[]
  readonly after: readonly RecordedEvent[]
}> {
  const log = await recorded({ retain: 20 })
  const whole = await recorded()
  const first = log[0]?.seq ?? 0
  // Two events in place of one: what tells the gap, and the checkpoint.
  const before = whole.slice(0, 10)
  const [checkpoint, ...rest] = log
  const head = told(before, { seq: first - 1, revision: (checkpoint?.revision ?? 0) - 1, type: 'journal.degraded' })
  return {
    before,
    after: [
      { ...head, data: { droppedEvents: first - 12, from: 11, to: first - 2 } } as RecordedEvent,
      checkpoint as RecordedEvent,
      ...rest,
    ],
  }
}

describe('the one permitted gap', () => {
  test('is told by `journal.degraded`, and a checkpoint follows', async () => {
    const { before, after } = await withGap()
    expect(checkInvariants([...before, ...after])).toEqual([])
  })

  test('a gap that nothing tells is none', async () => {
    const { before, after } = await withGap()
    expect(names([...before, ...after.slice(1)])).toEqual(['seq-is-gapless'])
  })

  test('nor is one that is told as another', async () => {
    const { before, after } = await withGap()
    const [head, ...rest] = after
    const wrong = { ...head, data: { droppedEvents: 1, from: 11, to: 11 } } as RecordedEvent
    expect(names([...before, wrong, ...rest])).toEqual(['seq-is-gapless'])
  })
})

test('events of types that this version does not know are passed over', async () => {
  const log = await recorded()
  const place = log.findIndex(({ type }) => type === 'supervisor.started') + 1
  for (const type of ['orphan.adopted', 'orphan.polished', 'constructor', '__proto__', 'each', 'always']) {
    const strange = told(log.slice(0, place), { type, child: undefined, data: { anything: null } })
    expect(() => checkInvariants([...log.slice(0, place), strange])).not.toThrow()
  }
  const adopted = told(log.slice(0, place), { type: 'orphan.adopted', data: { pid: 4 } })
  expect(checkInvariants([...log.slice(0, place), adopted])).toEqual([])
})

test('what a recorded spec leaves out is what the options leave out', () => {
  const added = {
    kind: 'process',
    restart: 'permanent',
    oneShot: false,
    significant: false,
    limit: { restarts: 5, withinMs: 300_000 },
    spec: {},
  } as const
  const rules = rulesOf(added)
  expect(rules?.restart).toEqual(defaultRestart.permanent)
  expect(rules?.restart.backoff).toEqual(defaultBackoff)
  expect(rules?.splayMs).toBe(defaultStop.splayMs)
})

test('the next host may be of another boot, also where it has first to tell of a damaged tail', async () => {
  const log = (await recorded()).slice(0, -1)
  const tail = told(log, { type: 'journal.degraded', mono: 5, data: { message: 'A damaged tail', droppedEvents: 1 } })
  expect(names([...log, tail])).not.toContain('time-runs-forwards')
  const again = told(log, { type: 'journal.degraded', mono: 5, data: { message: 'The journal is written again' } })
  expect(names([...log, again])).toContain('time-runs-forwards')
})
