import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { inspect, promisify } from 'node:util'
import { pino } from 'pino'
import { firstValueFrom } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import type { InspectionEvent } from 'xstate'
import { explain, isBroodError, sqliteJournal, type ChildOptions } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { scratchFile } from './support/scratch.ts'
import { recordOf, rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const secret = 'hunter2-and-more'
const hidden = 'the value of a variable'

test("a secret is in no event, view, error, explanation or log line, and neither is any variable's value", async () => {
  const logged: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  const { supervisor, child, event } = supervise({
    logger: pino({ level: 'trace' }, sink),
    children: [
      { id: 'calm', ...zoo('sleeps') },
      {
        id: 'leaky',
        ...sh('echo "cannot log in with $1" >&2; printenv TOKEN >/dev/null || exit 9; exit 3', secret),
        env: { TOKEN: hidden },
        secrets: [secret],
        restart: { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: 1, withinMs: 60_000 } },
      },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'leaky')
  const misspelt = supervisor.add(
    {
      id: 'misspelt',
      command: `no-such-command-${secret}`,
      args: [secret],
      cwd: '/',
      env: { A: hidden },
      secrets: [secret],
    },
    { start: false },
  )
  const lost = supervisor.add(
    { id: 'lost', command: 'true', cwd: `/no/${secret}`, secrets: [secret] },
    { start: false },
  )
  const unready = supervisor.add(
    { id: 'unready', ...sh('echo "no $1" >&2; exit 1', secret), secrets: [secret], ...whenReady },
    { start: false },
  )
  const errors = await Promise.all([misspelt, lost, unready].map((each) => rejection(each.start())))
  expect(errors.map((error) => isBroodError(error) && error.code)).toEqual([
    'ERR_SPAWN_FAILED',
    'ERR_CWD_NOT_FOUND',
    'ERR_EXITED_BEFORE_READY',
  ])
  expect(errors[2]).toMatchObject({ stderrTail: 'no [redacted]' })
  expect(child('leaky').view.stderrTail).toBe('cannot log in with [redacted]')

  const record = await recordOf(supervisor)
  const told = [
    ...record.map((each) => JSON.stringify(each)),
    ...errors.map((error) => inspect(error, { depth: 9 })),
    ...errors.map((error) => String(error) + JSON.stringify(error)),
    inspect(supervisor.view, { depth: 9 }),
    JSON.stringify(supervisor.explain('leaky')),
    inspect(explain(record, '/misspelt'), { depth: 9 }),
    ...logged,
  ].join('\n')
  expect(logged.length).toBeGreaterThan(10)
  expect(told).not.toContain(secret)
  expect(told).not.toContain(hidden)
  expect(told).toContain('[redacted]')
})

test('negative control: what is not named as a secret is told', async () => {
  const { supervisor } = supervise({})
  await supervisor.start()
  const open = supervisor.add({ id: 'open', ...sh('echo "no $1" >&2; exit 1', secret), ...whenReady }, { start: false })
  expect(await rejection(open.start())).toMatchObject({ stderrTail: `no ${secret}` })
  expect(JSON.stringify(await recordOf(supervisor))).toContain(secret)
})

const refused = (): unknown =>
  supervise({ children: [{ id: 'bad', command: '', cwd: secret, secrets: [secret], args: [secret] }] })

test('a spec that is refused does not quote its secrets', () => {
  expect(refused).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
  try {
    refused()
  } catch (error) {
    expect(inspect(error, { depth: 9 })).not.toContain(secret)
  }
})

test('a secret that a child prints is hidden in lines$ as well', async () => {
  const args = ['-c', 'echo "it is $1"; exec sleep 300', 'sh', secret]
  const tree = supervise({ children: [{ id: 'chatty', command: 'sh', args, secrets: [secret] }] })
  const heard = firstValueFrom(tree.supervisor.lines$)
  await tree.supervisor.start()
  expect((await heard).text).toBe('it is [redacted]')
})

const cli = join(import.meta.dirname, '../../src/cli/main.ts')
const canary = (): string => `canary-${randomBytes(12).toString('hex')}`
const brood = promisify(execFile)

/** What an inspector could show of an inspection event. */
const shown = ({ type, rootId, ...rest }: InspectionEvent): string =>
  inspect(
    { type, rootId, ...('event' in rest && { event: rest.event }), ...('snapshot' in rest && { now: rest.snapshot }) },
    { depth: 4 },
  )

test('of random canaries, planted wherever a secret may be, no byte is in a journal file, a log, a view, an explanation, an inspection or the command line', async () => {
  const [value, own, arg, cwd, command, printed, thrown] = Array.from({ length: 7 }, canary)
  const canaries = [value, own, arg, cwd, command, printed, thrown].map((one) => one ?? '')
  // Of a child of its own it is no argument: only the environment of the host has it.
  process.env['BROOD_TEST_CANARY'] = value
  onTestFinished(() => void delete process.env['BROOD_TEST_CANARY'])
  const file = scratchFile('state/journal.db')
  const told: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      told.push(chunk.toString())
      done()
    },
  })
  const { supervisor, event } = supervise({
    journal: sqliteJournal(file),
    logger: pino({ level: 'trace' }, sink),
    inspect: (each: InspectionEvent) => void told.push(shown(each)),
    children: [
      {
        id: 'leaky',
        ...sh('echo "$1 $OWN"; echo "$1 $OWN" >&2; exit 3', arg ?? ''),
        env: { OWN: printed ?? '', OTHER: own ?? '' },
        secrets: [arg ?? '', printed ?? '', thrown ?? ''],
        log: true,
        restart: {
          type: 'permanent',
          backoff: { minMs: 0 },
          limit: { restarts: 2, withinMs: 60_000 },
          onUnexpectedExit() {
            throw new Error(`no answer, ${thrown}`)
          },
        },
      },
    ],
  })
  supervisor.lines$.subscribe((line) => told.push(JSON.stringify(line)))
  await supervisor.start()
  await event('child.stopped', 'leaky')
  const add = (options: ChildOptions): Promise<unknown> => rejection(supervisor.add(options, { start: false }).start())
  const errors = await Promise.all([
    add({ id: 'lost', command: 'true', cwd: `/no/${cwd}`, secrets: [cwd ?? ''] }),
    add({ id: 'misspelt', command: `/no/${command}`, args: [arg ?? ''], secrets: [command ?? '', arg ?? ''] }),
    add({ id: 'unready', ...sh('echo "$1" >&2; exit 1', arg ?? ''), secrets: [arg ?? ''], ...whenReady }),
  ])
  told.push(...errors.map((error) => inspect(error, { depth: 9 }) + String(error) + JSON.stringify(error)))
  told.push(inspect(supervisor.view, { depth: 9 }), JSON.stringify(supervisor.view))
  for (const id of ['leaky', 'lost', 'misspelt', 'unready']) told.push(JSON.stringify(supervisor.explain(id)))

  const files = (): readonly string[] => readdirSync(dirname(file)).map((name) => join(dirname(file), name))
  const bytes = (): void => void told.push(...files().map((name) => readFileSync(name, 'latin1')))
  // While it is written, with its write-ahead log, and when it is closed.
  expect(files().map((name) => name.slice(file.length))).toContain('-wal')
  bytes()
  for (const args of [
    ['log'],
    ['log', '--json'],
    ['explain', 'leaky'],
    ['explain', 'leaky', '--json'],
    ['state', '--json'],
  ]) {
    const [verb = '', ...rest] = args
    const { stdout, stderr } = await brood(process.execPath, [cli, verb, file, ...rest])
    expect(stdout).not.toBe('')
    told.push(stdout, stderr)
  }
  await supervisor.stop()
  bytes()

  const all = told.join('\n')
  expect(canaries.filter((one) => all.includes(one))).toEqual([])
  // Negative control: what was looked through does hold what they stood beside.
  expect(all).toContain('[redacted]')
  expect(all).toContain('misspelt')
  expect(all).toContain('@xstate.')
})
