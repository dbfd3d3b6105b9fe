import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createSupervisor, memoryJournal, type RecordedEvent } from '../../../src/index.ts'
import { BroodError } from '../../../src/errors.ts'
import { runCli } from '../../../src/cli/run-cli.ts'
import type { OpenJournal } from '../../../src/cli/open-journal.ts'
import { createWorld } from '../../../src/testing/index.ts'

interface Said {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** What the command line says of a journal that holds these events. */
async function say(
  args: readonly string[],
  events: readonly RecordedEvent[] | OpenJournal,
  more: { readonly isColoured?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Said> {
  let [out, err] = ['', '']
  const { isColoured = false, signal = new AbortController().signal } = more
  const open: OpenJournal =
    typeof events === 'function'
      ? events
      : async function* open(_path, { from = 1 } = {}) {
          yield* events.filter(({ seq }) => seq >= from)
        }
  const terminal = {
    isColoured,
    out: async (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  return { status: await runCli(args, { terminal, open, version: '1.2.3', signal }), out, err }
}

/** A shop whose `web` crashes twice and is given up; `db` runs until it is stopped. */
async function shop(): Promise<readonly RecordedEvent[]> {
  const world = createWorld()
  world.program('web', { exitsAfterMs: 1_000, code: 3 })
  world.program('db', {})
  const journal = memoryJournal()
  const supervisor = createSupervisor({
    id: 'shop',
    ports: world.ports,
    journal,
    children: [
      { id: 'db', command: 'db' },
      { id: 'web', command: 'web', restart: { type: 'permanent', limit: { restarts: 1, withinMs: 60_000 } } },
      { id: 'pool', kind: 'supervisor', children: [{ id: 'worker', command: 'db' }] },
    ],
  })
  const started = supervisor.start()
  await world.advance(30_000)
  await started
  const stopped = supervisor.stop({ reason: 'closing time' })
  await world.advance(10_000)
  await stopped
  return journal.read(1, Infinity)
}

const inUtc = (): void => {
  vi.stubEnv('TZ', 'UTC')
  onTestFinished(() => void vi.unstubAllEnvs())
}

describe('brood log', () => {
  test('shows every event on one line: when, since when, its number, whose it is, and what happened', async () => {
    inUtc()
    const events = await shop()
    const { status, out, err } = await say(['log', 'x'], events)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toBe('── 2026-01-01 ──')
    expect(lines).toHaveLength(events.length + 1)
    expect(lines.find((line) => line.includes('unexpectedly'))).toMatch(
      /^00:00:01\.\d{3} {7}\+1\.\d{3} {6}\d\d {2}\/web #1 {2,}▲ {2}web exited with code 3, unexpectedly {2}\(crash\)$/,
    )
    expect(out).toContain('the supervisor is stopping  (operator; closing time)')
  })

  test('of a child alone shows it, and what is below it', async () => {
    const events = await shop()
    const { out } = await say(['log', 'x', '--json', '--child', 'web'], events)
    const told = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RecordedEvent)
    expect(told).toEqual(events.filter(({ child }) => child === 'web'))
    const pool = await say(['log', 'x', '--json', '--child', '/pool'], events)
    expect(pool.out).toContain('"stream":"/pool/worker"')
  })

  test('as JSON it is the events, each on a line', async () => {
    const events = await shop()
    const { out } = await say(['log', 'x', '--json'], events)
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events)
  })

  test('an empty journal is told to be one', async () => {
    expect(await say(['log', 'x'], [])).toEqual({ status: 0, out: '', err: 'The journal is empty.\n' })
  })

  test('follows a journal from where it was, tells what it missed, and ends with 130', async () => {
    const events = await shop()
    const stop = new AbortController()
    const asked: (number | undefined)[] = []
    const open: OpenJournal = async function* open(_path, { from } = {}) {
      asked.push(from)
      if (asked.length === 1) yield* events.slice(0, 3)
      else if (asked.length === 2) yield* events.slice(5, 7)
      else stop.abort()
    }
    const { status, out } = await say(['log', 'x', '--follow'], open, { signal: stop.signal })
    expect(status).toBe(130)
    expect(asked).toEqual([undefined, 4, 8])
    expect(out).toContain('… 2 events are no longer there')
    expect(out.match(/\n\d\d:/g)).toHaveLength(5)
  })

  test('control characters of a log are shown, not obeyed', async () => {
    const [event] = await shop()
    const evil = {
      ...event,
      type: 'subscriber.failed',
      stream: '/',
      data: { source: 'x', message: '\u001b[2Jgone\r\n\u202e' },
    }
    const { out } = await say(['log', 'x'], [evil as RecordedEvent])
    expect(out).toContain(String.raw`\u001b[2Jgone\u000d\u000a\u202e`)
    // oxlint-disable-next-line no-control-regex
    expect(out.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/)
  })

  test('an event of a newer version is shown by its name', async () => {
    const [event] = await shop()
    const { out, status } = await say(['log', 'x'], [{ ...event, type: 'child.polished' } as unknown as RecordedEvent])
    expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining('child.polished of db') })
  })
})

test('colours are there where they are wanted, and nowhere else', async () => {
  const events = await shop()
  for (const args of [
    ['log', 'x'],
    ['explain', 'x', 'web'],
    ['state', 'x'],
    ['check', 'x'],
  ]) {
    expect((await say(args, events, { isColoured: true })).out).toContain('\u001b[')
    expect((await say(args, events)).out).not.toContain('\u001b[')
  }
})

test('brood explain says why, and what led there', async () => {
  const { status, out } = await say(['explain', 'x', 'web'], await shop())
  expect(status).toBe(0)
  const [summary, , ...chain] = out.trimEnd().split('\n')
  expect(summary).toBe('web has failed and was given up after one restart in 60 s: "web" exited with code 3')
  expect(chain.map((line) => line.split(/ {2}[▲●·✖] {2}/)[1])).toEqual([
    'web exited with code 3, unexpectedly  (crash)',
    'web is given up: it needed more than 1 restarts within 60000 ms',
    'web failed and stays down: "web" exited with code 3',
  ])
})

test('brood state shows the tree, at its end and as it was after an event', async () => {
  const events = await shop()
  expect(
    (await say(['state', 'x'], events)).out
      .split('\n')
      .slice(2, 7)
      .map((line) => line.replaceAll(/ {2,}/g, ' | ')),
  ).toEqual([
    'shop | stopped | stopped',
    expect.stringMatching(/^ \| db \| stopped \| stopped \| #1 \| .* \| was ended by SIGTERM$/),
    expect.stringMatching(/^ \| web \| stopped \| failed \| #2 \| 1 \| .* \| exited with code 3$/),
    expect.stringMatching(/^ \| pool \| stopped \| stopped \| #1 \| .* \| exited with code 0$/),
    expect.stringMatching(/^ \| worker \| stopped \| stopped \| #1 \| .* \| was ended by SIGTERM$/),
  ])
  const ready = events.find(({ type, child }) => type === 'child.ready' && child === 'db')?.seq ?? 0
  expect((await say(['state', 'x', '--at', String(ready)], events)).out).toMatch(/ db +running +#1 +\d+/)
  const { children } = JSON.parse((await say(['state', 'x', '--json'], events)).out)
  expect(children[2].supervisor.children[0]).toMatchObject({ id: 'worker', state: 'stopped' })
})

describe('brood check', () => {
  test('of a true log finds nothing', async () => {
    const events = await shop()
    expect(await say(['check', 'x'], events)).toEqual({
      status: 0,
      out: `${events.length} events: no invariant is broken\n`,
      err: '',
    })
  })

  test('names what is broken, where, and ends with 1', async () => {
    const events = await shop()
    const at = events.findIndex(({ type }) => type === 'process.exited')
    const broken = events.with(at, { ...events[at], data: { ...events[at]?.data, status: 9 } } as RecordedEvent)
    const { status, out } = await say(['check', 'x'], broken)
    expect(status).toBe(1)
    expect(out).toMatch(
      /^ +\d+ {2}exits-are-as-the-kernel-said {2}process\.exited of \/web: status 9 .*\n\d+ events: 1 violation\n$/,
    )
    expect(JSON.parse((await say(['check', 'x', '--json'], broken)).out)).toMatchObject({
      violations: [{ seq: at + 1 }],
    })
  })
})

describe('what is asked wrongly ends with 2, and a word on why', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no command', [], /Usage: brood/],
    ['an unknown command', ['logg', 'x'], /Did you mean log\?/],
    ['an unknown option', ['log', 'x', '--folow'], /Did you mean --follow\?/],
    ['a file too many', ['check', 'x', 'y'], /too many arguments/],
    ['no file', ['log'], /missing required argument 'file'/],
    ['a number that is none', ['state', 'x', '--at', '-1x'], /Expected an integer >= 0/],
    ['a child that nobody knows', ['explain', 'x', 'wbe'], /No child "wbe" in this journal; did you mean "web"\?/],
    [
      'a child whose log is asked for',
      ['log', 'x', '--child', 'nobody at all'],
      /No child "nobody at all" in this journal\n/,
    ],
  ])('%s', async (_what, args, words) => {
    const { status, err } = await say(args, await shop())
    expect(status).toBe(2)
    expect(err).toMatch(words)
  })

  test('a moment before the beginning of what is retained', async () => {
    const events = await shop()
    const { status, err } = await say(['state', 'x', '--at', '3'], events.slice(10))
    expect({ status, err }).toEqual({ status: 2, err: expect.stringMatching(/^brood: Expected .until. to be >= 10/) })
  })
})

test('help and version are no mistakes', async () => {
  expect(await say(['--version'], [])).toEqual({ status: 0, out: '1.2.3\n', err: '' })
  expect(await say(['log', '--help'], [])).toMatchObject({ status: 0, out: expect.stringContaining('--follow') })
})

/** The first five of them, and what follows is damaged. */
const damaged = (events: readonly RecordedEvent[]): OpenJournal =>
  async function* open() {
    yield* events.slice(0, 5)
    throw new BroodError('ERR_JOURNAL_CORRUPT', 'The journal is damaged: event 6')
  }

test.each(['log', 'check', 'state'])('brood %s of a damaged journal tells so, and ends with 1', async (command) => {
  const events = await shop()
  expect(await say([command, 'x'], damaged(events))).toMatchObject({
    status: 1,
    err: 'brood: The journal is damaged: event 6\n',
  })
})

test('brood log shows what is good before the damage', async () => {
  const events = await shop()
  const { out } = await say(['log', 'x', '--json'], damaged(events))
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(events.slice(0, 5))
})
