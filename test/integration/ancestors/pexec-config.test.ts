import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  equalChildSpecs,
  formatChildSpec,
  parseChildSpec,
  validateChildSpec,
  type ChildOptions,
  type ProcessOptions,
} from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { scratchDirectory, scratchFile } from '../support/scratch.ts'
import { supervise } from '../support/supervise.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'

/* The configuration of viamrobotics/goutils `pexec`: processes as data, and what is wrong with them. */

expectNoLeaks()

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

const whole: ProcessOptions = {
  id: 'web',
  command: 'sh',
  args: ['-c', 'exit 3'],
  cwd: '/',
  oneShot: false,
  user: 'nobody',
  env: { A: '1' },
  stop: { signal: 'SIGUSR1', killTimeoutMs: 1_500 },
  restart: 'transient',
}

test('X2: a process is plain JSON, there and back again, and means the same afterwards', () => {
  const text = JSON.stringify(formatChildSpec(whole))
  expect(equalChildSpecs(parseChildSpec(text), whole)).toBe(true)
  expect(parseChildSpec(text)).toEqual(validateChildSpec(whole))
  expect(JSON.parse(text)).toMatchObject({ id: 'web', stop: { signal: 'SIGUSR1', killTimeoutMs: 1_500 } })
})

test('X2: what was read from JSON runs as it says', async () => {
  const file = scratchFile()
  const options = {
    id: 'job',
    ...sh('echo "$WHO $PWD" >"$1"; exit 3', file),
    env: { WHO: 'json' },
    cwd: scratchDirectory(),
  }
  const spec = parseChildSpec(JSON.stringify({ ...options, restart: 'temporary' }))
  const { supervisor, event } = supervise({ children: [JSON.parse(JSON.stringify(formatChildSpec(spec)))] })
  await supervisor.start()
  expect((await event('process.exited', 'job')).data.code).toBe(3)
  expect(readFileSync(file, 'utf8')).toBe(`json ${options.cwd}\n`)
})

test('X2: names are exact: another case is refused, with the name that was meant', () => {
  const error = thrown(() => parseChildSpec({ id: 'web', command: 'x', OneShot: true }))
  expect(error).toMatchObject({ code: 'ERR_INVALID_SPEC', message: expect.stringContaining('did you mean `oneShot`?') })
})

test.each(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const)(
  'X3: %s survives JSON',
  (signal) => {
    const spec = parseChildSpec(JSON.stringify(formatChildSpec({ ...whole, stop: { signal } })))
    expect(spec).toMatchObject({ stop: { signal } })
  },
)

test.each(['TERM', 'sigterm', 'terminated', 15, '', 'SIGNOPE'])(
  'X3: %j is no signal, and the place of it is told',
  (signal) => {
    expect(thrown(() => parseChildSpec({ ...whole, stop: { signal } }))).toMatchObject({
      code: 'ERR_INVALID_SPEC',
      issues: [{ path: 'stop.signal' }],
    })
  },
)

test('X4: everything that is wrong is told at once, each with its place, before anything is done', () => {
  const error = thrown(() => validateChildSpec({ args: 'x', stop: { killTimeoutMs: -1 } }, 'processes[3]'))
  expect(error).toMatchObject({ code: 'ERR_INVALID_SPEC' })
  const paths = (error as { issues: readonly { path: string }[] }).issues.map(({ path }) => path)
  expect(paths.toSorted()).toEqual(
    ['args', 'command', 'id', 'stop.killTimeoutMs'].map((path) => `processes[3].${path}`),
  )
})

test('X4: an answer is never kept: what is mended is right, what is broken is wrong', () => {
  const options: { id: string; command?: string } = { id: 'web' }
  expect(thrown(() => validateChildSpec(options))).toMatchObject({ code: 'ERR_INVALID_SPEC' })
  options.command = 'true'
  expect(validateChildSpec(options)).toMatchObject({ id: 'web', command: 'true' })
  delete options.command
  expect(thrown(() => validateChildSpec(options))).toMatchObject({ code: 'ERR_INVALID_SPEC' })
})

test.each([0, 1, 99, 100, Infinity])('X4: a grace of %d ms is legal', (killTimeoutMs) => {
  expect(validateChildSpec({ ...whole, stop: { killTimeoutMs } })).toMatchObject({ stop: { killTimeoutMs } })
})

const onUnexpectedExit = (): boolean => true

test('X5: equal is what means the same, with the same functions', () => {
  const withHandler = (handler: () => boolean): ChildOptions => ({
    ...whole,
    restart: { type: 'transient', onUnexpectedExit: handler },
  })
  expect(equalChildSpecs(whole, { ...whole, args: [...(whole.args ?? [])] })).toBe(true)
  expect(equalChildSpecs(whole, { ...whole, restart: { type: 'transient' } })).toBe(true)
  expect(equalChildSpecs(withHandler(onUnexpectedExit), withHandler(onUnexpectedExit))).toBe(true)
  expect(
    equalChildSpecs(
      withHandler(onUnexpectedExit),
      withHandler(() => true),
    ),
  ).toBe(false)
  expect(equalChildSpecs(whole, { ...whole, args: ['-c', 'exit 4'] })).toBe(false)
})

test('X4: a child that was accepted is what it was, whatever becomes of the object it was made of', async () => {
  const options = { id: 'web', command: 'sh', args: [...zoo('sleeps').args], ...whenReady }
  const { supervisor, child } = supervise({ children: [options] })
  options.command = 'no-such-command-of-brood'
  options.args.length = 0
  await supervisor.start()
  expect(child('web').view.state).toBe('running')
})
