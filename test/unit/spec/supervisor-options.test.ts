import pino from 'pino'
import { expect, test } from 'vitest'
import { isBroodError, type BroodError } from '../../../src/errors.ts'
import type { Clock, Journal, ProcessHost, Random } from '../../../src/ports.ts'
import { normalizeSupervisor, type SupervisorOptions } from '../../../src/spec/supervisor-options.ts'

const context = { platformTether: true }
const normalize = (options?: unknown) => normalizeSupervisor(options, context)

function refusal(options: unknown): BroodError {
  try {
    normalize(options)
  } catch (error) {
    if (isBroodError(error)) return error
    throw error
  }
  throw new TypeError('nothing was refused')
}

/** Methods on a prototype and a getter, as a store would have them: a copy would lose both. */
class Store implements Journal {
  readonly retain = 10
  get first() {
    return 1
  }
  get last() {
    return 0
  }
  open = () => ({ seq: 0, ended: 'empty' }) as const
  append() {}
  commit() {}
  read() {
    return []
  }
  close() {}
}

const inspect = (): never => {
  throw new Error('called')
}

const clock: Clock = { at: () => 0, mono: () => 0, arm: () => () => {}, nextTurn: () => {} }
const random: Random = { next: () => 0, id: () => '0000000000000000' }
const host: ProcessHost = {
  hostId: 'h',
  bootId: 'b',
  pid: 1,
  support: { tether: false, sweep: false },
  findLives: () => {},
  look: () => 'gone',
  open: () => {
    throw new Error('opened')
  },
}

test.each([[undefined], [{}]])('%j is enough for a supervisor', (options) => {
  expect(normalize(options)).toEqual({
    id: 'root',
    strategy: 'one-for-one',
    autoShutdown: 'never',
    children: [],
    shutdownTimeoutMs: 30_000,
    maxConcurrentStarts: 8,
    ports: {},
  })
})

test('what is given is taken over', () => {
  const options: SupervisorOptions = {
    id: 'tree',
    strategy: 'rest-for-one',
    intensity: { restarts: 3, withinMs: 5_000 },
    autoShutdown: 'all-significant',
    children: [
      { id: 'db', command: 'db' },
      { id: 'web', command: 'serve', after: { db: 'started' } },
    ],
    shutdownTimeoutMs: Infinity,
    maxConcurrentStarts: Infinity,
  }
  const settings = normalize(options)
  expect(settings).toMatchObject({ ...options, children: [{ id: 'db' }, { id: 'web' }] })
  expect(settings.intensity).not.toBe(options.intensity)
  expect([settings, settings.children, settings.intensity, settings.ports].every((part) => Object.isFrozen(part))).toBe(
    true,
  )
})

test('journal, logger, inspector and ports are used as they are and not called', () => {
  const journal = new Store()
  const logger = pino({ enabled: false, customLevels: { audit: 35 } })
  const settings = normalize({ journal, logger, inspect, ports: { clock, random, host } } satisfies SupervisorOptions)
  expect(settings.journal).toBe(journal)
  expect(settings.logger).toBe(logger)
  expect(settings.inspect).toBe(inspect)
  expect(settings.ports.clock).toBe(clock)
  expect(settings.ports.random).toBe(random)
  expect(settings.ports.host).toBe(host)
  const observer = { next: inspect }
  expect(normalize({ inspect: observer }).inspect).toBe(observer)
  expect(normalize({ ports: { clock } }).ports).toEqual({ clock })
  // Not even a journal written as a literal is copied: its getters must stay alive.
  const literal = {
    retain: 10,
    first: 1,
    last: 0,
    open: () => ({ seq: 0, ended: 'empty' }),
    append() {},
    commit() {},
    read: () => [],
    close() {},
  } satisfies Journal
  expect(normalize({ journal: literal }).journal).toBe(literal)
})

const throwing = new Proxy(
  {},
  {
    get: () => {
      throw new Error('trap')
    },
  },
)

const bad: readonly (readonly [path: string, values: readonly unknown[]])[] = [
  ['id', ['', 5, null, '\uDC00']],
  ['strategy', ['one_for_one', null, 1]],
  ['intensity', [5, null, [1, 2]]],
  ['intensity.restarts', [{ restarts: -1, withinMs: 1 }].map((intensity) => ({ intensity }))],
  ['autoShutdown', [true, 'always']],
  ['children', ['web', null, {}, new Set()]],
  ['journal', [{}, null, 'memory', throwing, () => {}]],
  ['logger', [{}, null, true, throwing, { info: () => {} }]],
  ['inspect', [{}, null, true, throwing, { next: 1 }]],
  ['shutdownTimeoutMs', [-1, 0.5, NaN, '30s', null, 2 ** 60]],
  ['maxConcurrentStarts', [0, -1, 1.5, NaN, '8', null]],
  ['ports', [5, null, [], new Store()]],
  ['ports.clock', [{}, null, { at: 1 }].map((value) => ({ ports: { clock: value } }))],
  ['ports.random', [{}, () => 0, throwing].map((value) => ({ ports: { random: value } }))],
  ['ports.host', [{}, 'local', null].map((value) => ({ ports: { host: value } }))],
  ['ports.clok', [{ ports: { clok: clock } }]],
  ['childs', [[]]],
]

test.each(bad.flatMap(([path, values]) => values.map((value) => [path, value] as const)))(
  'what is wrong with `%s` is told (case %#)',
  (path, value) => {
    const error = refusal(path.includes('.') ? value : { [path]: value })
    expect(error.code).toBe('ERR_INVALID_SPEC')
    expect(error.issues?.map((issue) => issue.path)).toEqual([path])
  },
)

test.each([5, null, 'x', [], () => {}, new Map(), new Store()])(
  'only a plain object holds options (case %#)',
  (options) => {
    expect(refusal(options).code).toBe('ERR_INVALID_SPEC')
  },
)

test('what is wrong with the supervisor and with its children is told at once', () => {
  const error = refusal({ strategy: 'none', children: [{ id: 'a', command: '' }, 5, { id: 'b', comand: 'x' }] })
  expect(error.issues?.map(({ path }) => path)).toEqual([
    'strategy',
    'children[0].command',
    'children[1]',
    'children[2].comand',
    'children[2].command',
  ])
})

test('a message hides the secrets of any child', () => {
  const error = refusal({ children: [{ id: 'a', command: 'x', secrets: ['hunter2'] }], id: 'hunter2\uD800' })
  expect(error.message).not.toContain('hunter2')
})

test('children are checked as siblings, in the order of the strategy', () => {
  const children = [
    { id: 'a', command: 'x', after: ['b'] },
    { id: 'b', command: 'x' },
  ]
  expect(normalize({ children }).children).toHaveLength(2)
  expect(refusal({ children, strategy: 'rest-for-one' }).code).toBe('ERR_DEPENDENCY_CYCLE')
  expect(refusal({ children: [children[1], children[1]] }).code).toBe('ERR_CHILD_EXISTS')
  expect(refusal({ children: [children[0]] })).toMatchObject({
    code: 'ERR_INVALID_SPEC',
    child: 'a',
    issues: [{ path: 'children[0].after', expected: 'ids of siblings', got: "'b'" }],
  })
})

test('ten thousand children are checked without a hang', () => {
  const children = Array.from({ length: 10_000 }, (_, index) => ({ id: `c${index}`, command: 'x' }))
  expect(normalize({ children }).children).toHaveLength(10_000)
  const misspelt = children.map(({ id, command }) => ({ id, command, after: [`${id}?`] }))
  expect(refusal({ children: misspelt }).issues).toHaveLength(10_000)
})
