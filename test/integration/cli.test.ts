import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSupervisor, readJournal, sqliteJournal, type RecordedEvent, type Supervisor } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { until } from './support/until.ts'

expectNoLeaks()

const cli = join(import.meta.dirname, '../../src/cli/main.ts')

async function fileFor(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'brood-cli-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'journal.db')
}

const shop = (file: string): Supervisor =>
  createSupervisor({
    id: 'shop',
    journal: sqliteJournal(file),
    children: [
      { id: 'web', command: 'sleep', args: ['1000'] },
      { id: 'once', command: 'sh', args: ['-c', 'exit 4'], restart: 'temporary' },
    ],
  })

/** A journal as a supervisor left it that ended. */
async function ended(): Promise<string> {
  const file = await fileFor()
  const supervisor = shop(file)
  await supervisor.start()
  await supervisor.child('once')?.when('stopped')
  await supervisor.stop()
  return file
}

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

const run = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, out, err) => {
      resolve({ status: error === null ? 0 : (error.code as number), out, err })
    })
  })

test('a real journal is shown, explained and judged, and not a byte of it is changed', async () => {
  const file = await ended()
  const before = readFileSync(file)
  const events: RecordedEvent[] = []
  for await (const event of readJournal(file)) events.push(event)

  const log = await run('log', file, '--json')
  expect(log).toMatchObject({ status: 0, err: '' })
  expect(
    log.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(events)
  expect(await run('check', file)).toEqual({
    status: 0,
    out: `${events.length} events: no invariant is broken\n`,
    err: '',
  })
  expect((await run('explain', file, 'once')).out).toMatch(/^once has failed: "once" exited with code 4\n/)
  expect((await run('state', file)).out).toMatch(/web +stopped +stopped +#1/)
  expect(await run('explain', file, 'wbe')).toMatchObject({
    status: 2,
    err: expect.stringContaining('did you mean "web"?'),
  })
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('a file that is not there is 2, and one that is no journal is not shown', async () => {
  const file = await fileFor()
  expect(await run('log', file)).toMatchObject({ status: 2, out: '', err: expect.stringContaining('journal') })
  expect(await run('log', cli)).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/^brood: .*\n$/) })
})

test('beside its writer it follows what is recorded, and ^C ends it quietly with 130', async () => {
  const file = await fileFor()
  const supervisor = shop(file)
  onTestFinished(async () => void (await supervisor.stop({ now: true })))
  await supervisor.start()
  const follower = spawn(process.execPath, [cli, 'log', file, '--follow', '--child', 'web'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void follower.kill('SIGKILL'))
  let [out, err] = ['', '']
  follower.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  follower.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const closed = new Promise<unknown>((resolve) => follower.once('close', (code, signal) => resolve(code ?? signal)))

  await until('the past is shown', () => out.includes('web is ready'))
  await supervisor.child('web')?.restart({ reason: 'because' })
  await until('the present is shown', () => out.includes('web is asked to restart  (operator; because)'))
  await until('all of it is shown', () => (out.match(/web is ready/g) ?? []).length === 2)
  follower.kill('SIGINT')
  expect(await closed).toBe(130)
  expect(err).toBe('')
})

test('a reader that has had enough is no error', async () => {
  const file = await ended()
  const child = spawn(process.execPath, [cli, 'log', file, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  child.stdout.destroy()
  const status = await new Promise((resolve) => child.once('close', resolve))
  expect({ status, err }).toEqual({ status: 0, err: '' })
})

test('colours follow the terminal, NO_COLOR and FORCE_COLOR', async () => {
  const file = await ended()
  const out = (env: NodeJS.ProcessEnv): Promise<string> =>
    new Promise((resolve) => {
      const { NO_COLOR: _, FORCE_COLOR: __, NODE_DISABLE_COLORS: ___, ...rest } = process.env
      execFile(process.execPath, [cli, 'check', file], { env: { ...rest, ...env } }, (_error, text) => resolve(text))
    })
  expect(await out({})).not.toContain('\u001b[')
  expect(await out({ FORCE_COLOR: '1' })).toContain('\u001b[')
  expect(await out({ NO_COLOR: '1' })).not.toContain('\u001b[')
})
