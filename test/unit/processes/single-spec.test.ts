import { expect, test } from 'vitest'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { forgotten, normalizeSingle, run } from '../../../src/processes/single-spec.ts'

const messageOf = (input: unknown, use = run): string => {
  try {
    normalizeSingle(input, use, true)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'accepted'
}

test('a run is described like a child, without an id', () => {
  const described = { command: 'git', args: ['status'], cwd: '/', env: { A: 'b' }, stop: { signal: 'SIGINT' } }
  expect(normalizeSingle(described, run, true)).toEqual(
    normalizeChild({ ...described, id: 'process' }, { platformTether: true }),
  )
  expect(normalizeSingle({ id: 'status', ...described }, run, true).id).toBe('status')
})

test.each([
  [{ restart: 'permanent' }, "Expected `restart` to be absent, since it is run once, got 'permanent'"],
  [{ after: ['db'] }, 'Expected `after` to be absent, since it has no siblings, got an array of 1'],
  [{ significant: true }, 'Expected `significant` to be absent'],
  [{ oneShot: true }, 'Expected `oneShot` to be absent, since it is one, got true'],
  [{ ready: 'manual' }, 'Expected `ready` to be absent'],
  [{ readyTimeoutMs: 5 }, 'Expected `readyTimeoutMs` to be absent'],
  [{ reloadSignal: 'SIGHUP' }, 'Expected `reloadSignal` to be absent'],
  [{ runTimeoutMs: 5 }, 'Expected `runTimeoutMs` to be absent, since the option `timeoutMs` of the run says it, got 5'],
  [{ stdio: 'raw' }, "Expected `stdio` to be 'lines', 'ignore', 'inherit' or an object, got 'raw'"],
  [{ stdio: { stdin: 'raw' } }, 'Expected `stdio.stdin` to be'],
  [{ kind: 'supervisor' }, "Expected `kind` to be 'process', got 'supervisor'"],
  [{ comand: 'x' }, 'Unknown option `comand`'],
  [{ stop: { killTimeoutMs: -1 } }, '`stop.killTimeoutMs`'],
  [{ args: ['a\0b'] }, '`args[0]`'],
  [{ id: '' }, '`id`'],
  [{ id: null }, '`id`'],
  [{ command: ' ' }, '`command`'],
])('of a run, %j is refused', (option, message) => {
  expect(messageOf({ command: 'git', ...option })).toContain(message)
})

test.each([
  [{ lifetime: 'attached' }, 'Expected `lifetime` to be absent, since it outlives its host'],
  [{ stop: {} }, 'Expected `stop` to be absent, since nobody stops it'],
  [{ restart: 'temporary' }, 'Expected `restart` to be absent'],
  [{ stdio: 'lines' }, "Expected `stdio` to be 'ignore', 'inherit' or an object, got 'lines'"],
  [{ stdio: { stdout: 'lines' } }, 'Expected `stdio.stdout` to be'],
  [{ stdio: { stderr: 'raw' } }, 'Expected `stdio.stderr` to be'],
])('of what is forgotten, %j is refused', (option, message) => {
  expect(messageOf({ command: 'git', ...option }, forgotten)).toContain(message)
})

test('undefined is as good as absent', () => {
  expect(messageOf({ command: 'git', restart: undefined, stdio: undefined, id: undefined })).toBe('accepted')
  expect(messageOf({ command: 'git', lifetime: undefined, stdio: { stdout: undefined } }, forgotten)).toBe('accepted')
})

test('what is forgotten writes to nowhere, but where it was told to write', () => {
  const ignored = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' }
  expect(normalizeSingle({ command: 'd' }, forgotten, true)).toMatchObject(ignored)
  const stdio = { stdout: { file: '/tmp/log' } }
  expect(normalizeSingle({ command: 'd', stdio }, forgotten, true)).toMatchObject({ ...ignored, ...stdio })
})

test('everything that is wrong is told at once, and each thing once', () => {
  const wrong = { command: 'git', restart: 'permanent', significant: 'yes', stdio: 'raw', foo: 1, args: 5 }
  const issues = (() => {
    try {
      return normalizeSingle(wrong, run, true)
    } catch (error) {
      return error
    }
  })()
  expect(issues).toMatchObject({ code: 'ERR_INVALID_SPEC' })
  expect(issues).toHaveProperty('issues.length', 5)
})

test.each([[null], [undefined], [5], ['git'], [[]], [new Map()]])('%s is no spec', (input) => {
  expect(messageOf(input)).toContain('Expected the spec to be an object')
})

test('a getter is asked once, and one that throws is told', () => {
  let asked = 0
  const spec = {
    get command() {
      asked++
      return 'git'
    },
  }
  expect(messageOf(spec)).toBe('accepted')
  expect(asked).toBe(1)
  const hostile = {
    command: 'git',
    get cwd(): string {
      throw new Error('boo')
    },
  }
  expect(messageOf(hostile)).toContain('a value that cannot be read')
})

test('secrets are not shown, not even of an option that is refused', () => {
  const message = messageOf({ command: 'git', after: 'hunter2', secrets: ['hunter2'] })
  expect(message).toContain('Expected `after` to be absent')
  expect(message).not.toContain('hunter2')
  const long = `${'x'.repeat(57)}hunter2`
  expect(messageOf({ command: 'git', restart: long, secrets: ['hunter2'] })).not.toContain('hun')
})

test('a tether is refused where there is none', () => {
  expect(() => normalizeSingle({ command: 'git', lifetime: 'tethered' }, run, false)).toThrow(
    expect.objectContaining({ code: 'ERR_UNSUPPORTED' }),
  )
  expect(normalizeSingle({ command: 'git' }, run, false).lifetime).toBe('attached')
})
