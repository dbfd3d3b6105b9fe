import { Writable } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import { formatChildSpec } from '../../../src/spec/format-child-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'
import { childOptions } from './arbitrary-child.ts'

const context = { platformTether: true }
const format = (options: object) => formatChildSpec({ id: 'web', command: 'serve', ...options }, context)

test('parse after format is the identity, by value and by text, for any spec', () => {
  fc.assert(
    fc.property(childOptions, (options) => {
      const spec = normalizeChild(options, context)
      const json = formatChildSpec(spec, context)
      expect(parseChildSpec(json, context)).toEqual(spec)
      expect(parseChildSpec(JSON.stringify(json), context)).toEqual(spec)
      expect(JSON.parse(JSON.stringify(json))).toEqual(json)
      expect(formatChildSpec(options, context)).toEqual(json)
    }),
    { numRuns: 300 },
  )
})

test('the form is the options, without what equals a default', () => {
  expect(format({})).toEqual({ id: 'web', command: 'serve', lifetime: 'tethered' })
  expect(format({ restart: 'permanent', env: {}, runTimeoutMs: Infinity, containment: 'group' })).toEqual(format({}))
})

test('what JSON has no words for is spelled', () => {
  expect(
    format({
      ready: { line: /up|down/gi, source: 'stderr' },
      readyTimeoutMs: Infinity,
      stop: { killTimeoutMs: Infinity },
      restart: { type: 'transient', limit: { restarts: Infinity, withinMs: 1 } },
    }),
  ).toMatchObject({
    ready: { line: { regex: 'up|down', flags: 'i' }, source: 'stderr' },
    readyTimeoutMs: 'Infinity',
    stop: { killTimeoutMs: 'Infinity' },
    restart: { type: 'transient', limit: { restarts: 'Infinity', withinMs: 1 } },
  })
})

test('it holds what a start needs, unlike a description: values of the environment, secrets, children', () => {
  const options = {
    id: 'group',
    kind: 'supervisor',
    children: [{ id: 'a', command: 'x', env: { TOKEN: 'hunter2' }, secrets: ['hunter2'], user: { uid: 7 } }],
  }
  expect(formatChildSpec(options, context)).toEqual({
    ...options,
    children: [{ ...options.children[0], lifetime: 'tethered' }],
  })
})

test('minus zero is zero, since JSON has only one', () => {
  const spec = normalizeChild({ id: 'web', command: 'serve', stop: { splayMs: -0 } }, context)
  expect(spec.stop.splayMs).toBe(0)
  expect(parseChildSpec('{"id":"web","command":"serve","stop":{"splayMs":-0}}', context)).toEqual(spec)
})

test('a function is refused, and the message says where it is', () => {
  const restart = { type: 'permanent', onUnexpectedExit: () => true }
  const child = { id: 'web', command: 'serve', restart }
  for (const [options, path] of [
    [child, 'restart.onUnexpectedExit'],
    [{ id: 'group', kind: 'supervisor', children: [child] }, 'children[0].restart.onUnexpectedExit'],
  ] as const) {
    const error = thrown(() => formatChildSpec(options, context))
    expect(error).toMatchObject({
      code: 'ERR_INVALID_SPEC',
      message: `Expected \`${path}\` to be something that JSON can hold, got a function`,
      issues: [{ path, expected: 'something that JSON can hold', got: 'a function' }],
    })
    // What it guards against: JSON.stringify leaves it out, and nobody is told.
    expect(JSON.stringify(options)).not.toContain('onUnexpectedExit')
  }
})

test('what is logged has a form; a logger and a writer have none, and the message says where they are', () => {
  expect(format({ log: true })).toMatchObject({ log: true })
  expect(format({ log: { stdout: true, stderr: 'error' } })).toMatchObject({ log: true })
  expect(format({ log: { stdout: 'audit' } })).toMatchObject({ log: { stdout: 'audit' } })
  for (const nothing of [false, {}, { stdout: false }]) expect(format({ log: nothing })).toEqual(format({}))
  const logger = { info: () => {}, error: () => {} }
  for (const [options, path, got] of [
    [{ logWriter: new Writable() }, 'logWriter', 'a writable stream'],
    [{ log: { stdout: logger } }, 'log.stdout', 'a logger'],
    [{ log: { stderr: logger } }, 'log.stderr', 'a logger'],
  ] as const) {
    expect(thrown(() => format(options))).toMatchObject({
      code: 'ERR_INVALID_SPEC',
      issues: [{ path, expected: 'something that JSON can hold', got }],
    })
  }
})

test('invalid options are refused as everywhere, and so is a spec that was spoilt by hand', () => {
  expect(thrown(() => format({ args: 'x' }))).toMatchObject({ issues: [{ path: 'args' }] })
  expect(thrown(() => format({ env: new Map() }))).toMatchObject({
    issues: [{ path: 'env', got: 'an instance of Map' }],
  })
  const spec = normalizeChild({ id: 'web', command: 'serve' }, context)
  expect(formatChildSpec({ ...spec, id: 'other' }, context)).toMatchObject({ id: 'other' })
  expect(thrown(() => formatChildSpec({ ...spec, args: [1] }, context))).toMatchObject({
    issues: [{ path: 'args[0]' }],
  })
  expect(thrown(() => formatChildSpec({ ...spec, after: [7] }, context))).toMatchObject({
    issues: [{ path: 'after[0]' }],
  })
  expect(thrown(() => formatChildSpec(undefined, context))).toMatchObject({ issues: [{ path: '' }] })
})

function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (isBroodError(error, 'ERR_INVALID_SPEC')) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
