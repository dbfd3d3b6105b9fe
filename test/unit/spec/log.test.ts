import { PassThrough, Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { isBroodError, type SpecIssue } from '../../../src/errors.ts'
import { createSupervisor } from '../../../src/index.ts'
import type { ProcessSpec } from '../../../src/spec/child-spec.ts'
import { describeSpec } from '../../../src/spec/describe-spec.ts'
import { equalChildSpecs } from '../../../src/spec/equal-child-specs.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'
import { pieceRedactor, redactor } from '../../../src/spec/redact.ts'

const context = { platformTether: true }
const web = (options: object): object => ({ id: 'web', command: 'serve', ...options })
const spec = (options: object): ProcessSpec => {
  const normal = normalizeChild(web(options), context)
  if (normal.kind !== 'process') throw new TypeError('no process')
  return normal
}

function issuesOf(run: () => unknown): readonly SpecIssue[] {
  try {
    run()
  } catch (error) {
    if (isBroodError(error, 'ERR_INVALID_SPEC')) return error.issues ?? []
    throw error
  }
  throw new TypeError('nothing was refused')
}

const same = (a: object, b: object): boolean => equalChildSpecs(web(a), web(b), context)
const parse = (options: object): unknown => parseChildSpec(JSON.stringify(web(options)), context)

const pieces = (secrets: readonly string[], texts: readonly string[]): string => {
  const redact = pieceRedactor(secrets)
  return texts.map((text, index) => redact(text, index < texts.length - 1)).join('')
}

const logger = { info: () => {}, error: () => {} }

describe('what is logged', () => {
  test.each([
    [{}, undefined],
    [{ log: false }, undefined],
    [{ log: {} }, undefined],
    [{ log: true }, { stdout: 'info', stderr: 'error' }],
    [{ log: true, stdio: 'raw' }, { stderr: 'error' }],
    [{ log: { stdout: true } }, { stdout: 'info' }],
    [{ log: { stdout: 'audit', stderr: false } }, { stdout: 'audit' }],
    [{ log: { stdout: undefined, stderr: true } }, { stderr: 'error' }],
  ])('%o is %o', (options, log) => {
    expect(spec(options).log).toEqual(log)
  })

  test('goes to the very logger and the very writer that were given', () => {
    const writer = new PassThrough()
    const given = spec({ log: { stdout: logger, stderr: pino({ enabled: false }) }, logWriter: writer })
    expect(given.log?.stdout).toBe(logger)
    expect(given.logWriter).toBe(writer)
    expect(Object.isFrozen(given)).toBe(true)
    expect([Object.isFrozen(logger), Object.isFrozen(writer)]).toEqual([false, false])
  })

  test.each([
    [{ log: 'info' }, 'log', 'true, false or an object'],
    [{ log: { stdin: true } }, 'log.stdin', 'one of `stdout`, `stderr`'],
    [{ log: { stdout: '' } }, 'log.stdout', 'true, false, the name of a level or a logger with the method `info`'],
    [{ log: { stdout: 7 } }, 'log.stdout', 'true, false, the name of a level or a logger with the method `info`'],
    [
      { log: { stderr: { info: () => {} } } },
      'log.stderr',
      'true, false, the name of a level or a logger with the method `error`',
    ],
    [{ logWriter: true }, 'logWriter', 'a writable stream with the methods `write`, `on` and `removeListener`'],
    [
      { logWriter: { write() {} } },
      'logWriter',
      'a writable stream with the methods `write`, `on` and `removeListener`',
    ],
    [{ log: true, stdio: 'ignore' }, 'log', "false, since no stream is 'lines'"],
    [{ log: { stdout: true }, stdio: 'raw' }, 'log.stdout', "false, since `stdio.stdout` is not 'lines'"],
    [
      { log: { stderr: 'warn' }, stdio: { stderr: { file: 'x' } } },
      'log.stderr',
      "false, since `stdio.stderr` is not 'lines'",
    ],
    [{ logWriter: new Writable(), stdio: 'inherit' }, 'logWriter', "absent, since no stream is 'lines'"],
  ])('%o is refused', (options, path, expected) => {
    expect(issuesOf(() => spec(options))).toEqual([expect.objectContaining({ path, expected })])
  })

  test('may be a level that only the supervisor’s own logger has, and one that it has not is refused', () => {
    const custom = pino({ enabled: false, customLevels: { audit: 35 } })
    const child = { id: 'web', command: 'serve', log: { stdout: 'audit', stderr: 'inof' } }
    const unknown = { path: 'log.stderr', expected: "a level of the supervisor's logger", got: "'inof'" }
    expect(issuesOf(() => createSupervisor({ logger: custom, children: [child] }))).toEqual([
      { ...unknown, path: 'children[0].log.stderr' },
    ])
    const group = { id: 'group', kind: 'supervisor', children: [child] } as const
    expect(issuesOf(() => createSupervisor({ logger: custom, children: [group] }))).toEqual([
      { ...unknown, path: 'children[0].children[0].log.stderr' },
    ])
    const supervisor = createSupervisor({ logger: custom })
    expect(issuesOf(() => supervisor.add(child))).toEqual([unknown])
    expect(supervisor.children()).toEqual([])
    expect(() => supervisor.add({ ...child, log: { stdout: 'audit' } })).not.toThrow()
    // Of another logger's methods not each is a level.
    const plain = { debug() {}, info() {}, warn() {}, error() {}, loud() {}, child: () => plain }
    const add = (level: string) => createSupervisor({ logger: plain, children: [{ ...child, log: { stdout: level } }] })
    expect(() => add('loud')).not.toThrow()
    for (const level of ['audit', 'child', 'toString', '__proto__']) expect(issuesOf(() => add(level))).toHaveLength(1)
    // Without a logger there is nothing to compare with.
    expect(() => createSupervisor({ children: [child] })).not.toThrow()
  })

  test('is the same child only with the same logger and the same writer', () => {
    const [first, second] = [new PassThrough(), new PassThrough()]
    expect(same({ logWriter: first }, { logWriter: first })).toBe(true)
    expect(same({ logWriter: first }, { logWriter: second })).toBe(false)
    expect(same({ logWriter: first }, {})).toBe(false)
    expect(same({ log: { stdout: logger } }, { log: { stdout: logger } })).toBe(true)
    expect(same({ log: { stdout: logger } }, { log: { stdout: { ...logger } } })).toBe(false)
    expect(same({ log: true }, { log: { stdout: 'info', stderr: true } })).toBe(true)
    expect(same({ log: false }, {})).toBe(true)
  })

  test('is told in a record, a logger and a writer as `true`', () => {
    expect(describeSpec(spec({ log: { stdout: logger, stderr: 'warn' }, logWriter: new Writable() }))).toMatchObject({
      log: { stdout: true, stderr: 'warn' },
      logWriter: true,
    })
  })

  test('can be said in JSON as levels alone', () => {
    expect(parse({ log: { stdout: 'audit', stderr: true } })).toMatchObject({
      log: { stdout: 'audit', stderr: 'error' },
    })
    expect(issuesOf(() => parse({ log: { stdout: {} } }))).toMatchObject([
      { expected: 'true, false or the name of a level' },
    ])
    expect(issuesOf(() => parse({ logWriter: {} }))).toMatchObject([
      { expected: 'absent, since JSON holds no streams' },
    ])
  })
})

describe('a secret in a line that comes in pieces', () => {
  test('is redacted wherever it is cut, and nothing else is lost', () => {
    const [line, secrets] = ['a hunter2 b hunt c hunter2hunter2 d hunter', ['hunter2']]
    const whole = redactor(secrets)(line)
    for (let first = 0; first <= line.length; first++) {
      for (let second = first; second <= line.length; second++) {
        expect(pieces(secrets, [line.slice(0, first), line.slice(first, second), line.slice(second)])).toBe(whole)
      }
    }
  })

  test('control: piece by piece it would be there to be put together', () => {
    const redact = redactor(['hunter2'])
    expect(['a hun', 'ter2 b'].map(redact).join('')).toContain('hunter2')
  })

  test('holds back next to nothing, even of one that is its own neighbour', () => {
    const redact = pieceRedactor(['aa'])
    let given = 0
    for (let index = 0; index < 1_000; index++) given += redact('a'.repeat(1_000), true).length
    expect(given).toBeGreaterThan(0)
    expect(redact('', false).length).toBeLessThan(20)
  })

  test('is not cut within a character', () => {
    expect(pieces(['xyz'], ['😀😀', '😀', '😀'])).toBe('😀😀😀😀')
    const redact = pieceRedactor(['xyz'])
    expect(redact('ab😀', true).isWellFormed()).toBe(true)
    expect(redact('', false)).toBe('😀')
  })

  test('where there are none the text is as it was', () => {
    expect(pieces([], ['a', 'b'])).toBe('ab')
    expect(pieces([''], ['a', 'b'])).toBe('ab')
  })
})
