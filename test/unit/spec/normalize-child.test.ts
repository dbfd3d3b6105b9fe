import { constants } from 'node:os'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { isBroodError, type BroodError } from '../../../src/errors.ts'
import type { ProcessSpec } from '../../../src/spec/child-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'

const context = { platformTether: true }

function process(options: object): ProcessSpec {
  const spec = normalizeChild({ id: 'web', command: 'serve', ...options }, context)
  if (spec.kind !== 'process') throw new TypeError('not a process')
  return spec
}

function refusal(input: unknown, path?: string): BroodError {
  try {
    normalizeChild(input, { ...context, path })
  } catch (error) {
    if (isBroodError(error)) return error
    throw error
  }
  throw new TypeError('nothing was refused')
}

const refusalOf = (options: object) => refusal({ id: 'web', command: 'serve', ...options })

test('an id and a command are enough, and everything else has its default', () => {
  expect(normalizeChild({ id: 'web', command: 'serve' }, context)).toEqual({
    id: 'web',
    kind: 'process',
    oneShot: false,
    significant: false,
    restart: {
      type: 'permanent',
      backoff: { minMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0.5 },
      limit: { restarts: 5, withinMs: 300_000 },
      resetAfterMs: 10_000,
      success: [0],
      prevent: [],
      force: [],
    },
    stop: { signal: 'SIGTERM', killTimeoutMs: 5_000, splayMs: 0, verifyMs: 2_000 },
    readiness: 'spawned',
    readyTimeoutMs: 90_000,
    runTimeoutMs: Infinity,
    after: [],
    command: 'serve',
    args: [],
    env: {},
    envMode: 'merge',
    shell: false,
    ready: 'spawned',
    stdin: 'ignore',
    stdout: 'lines',
    stderr: 'lines',
    lifetime: 'tethered',
    containment: 'group',
    secrets: [],
  })
})

test('a nested supervisor has its own defaults', () => {
  expect(normalizeChild({ id: 'group', kind: 'supervisor' }, context)).toEqual({
    id: 'group',
    kind: 'supervisor',
    oneShot: false,
    significant: false,
    restart: process({}).restart,
    stop: { signal: 'SIGTERM', killTimeoutMs: Infinity, splayMs: 0, verifyMs: 2_000 },
    readiness: 'told',
    readyTimeoutMs: Infinity,
    runTimeoutMs: Infinity,
    after: [],
    strategy: 'one-for-one',
    autoShutdown: 'never',
    children: [],
  })
})

test('an option that is spelled out as undefined is as good as absent', () => {
  const names = ['kind', 'args', 'cwd', 'env', 'argv0', 'restart', 'ready', 'after', 'stop', 'stdio', 'secrets']
  expect(process(Object.fromEntries(names.map((name) => [name, undefined])))).toStrictEqual(process({}))
  expect(
    process({ stop: { signal: undefined }, restart: { type: 'permanent', backoff: { minMs: undefined } } }),
  ).toEqual(process({}))
})

test('defaults are shared by all specs, not copied into each', () => {
  const [one, other] = [process({ id: 'a' }), process({ id: 'b' })]
  for (const key of ['restart', 'stop', 'after', 'args', 'env', 'secrets'] as const) expect(one[key]).toBe(other[key])
  const partly = process({ restart: { type: 'permanent', limit: { restarts: 1, withinMs: 1 } } })
  expect(partly.restart.backoff).toBe(one.restart.backoff)
  expect(partly.restart.success).toBe(one.restart.success)
  expect(process({ restart: 'transient' }).restart).toBe(process({ restart: 'transient' }).restart)
})

test('a spec is frozen all the way down, but for an expression, which a matcher must be free to reset', () => {
  const spec = normalizeChild(
    {
      id: 'group',
      kind: 'supervisor',
      intensity: { restarts: 1, withinMs: 2 },
      children: [
        {
          id: 'web',
          command: 'serve',
          args: ['a'],
          env: { A: '1' },
          secrets: ['s'],
          after: { db: 'started' },
          ready: { line: /up/, source: 'stderr' },
          stdio: { stdout: { file: 'out' }, stdin: { file: 'in' } },
          stop: { splayMs: 1 },
          restart: {
            type: 'transient',
            backoff: { minMs: 1 },
            limit: { restarts: 1, withinMs: 2 },
            success: [1],
            prevent: [2],
            force: ['SIGHUP'],
          },
        },
        { id: 'db', command: 'db', after: [] },
      ],
    },
    context,
  )
  const thawed: string[] = []
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp) return
    if (!Object.isFrozen(value)) thawed.push(path)
    for (const [key, member] of Object.entries(value)) look(member, `${path}.${key}`)
  }
  look(spec, 'spec')
  expect(thawed).toEqual([])
})

test('the input is neither changed nor kept', () => {
  const input = {
    id: 'web',
    command: 'serve',
    args: ['one'],
    env: { A: '1' } as Record<string, string>,
    restart: { type: 'transient', success: [0], limit: { restarts: 1, withinMs: 1 } },
    stdio: { stdout: { file: 'out' } },
    secrets: ['s'],
  }
  const before = structuredClone(input)
  const spec = process(input)
  expect(input).toEqual(before)
  expect(Object.isFrozen(input.args) || Object.isFrozen(input.env) || Object.isFrozen(input.restart)).toBe(false)

  const expected = structuredClone(spec)
  input.args.push('two')
  input.env['A'] = '2'
  input.restart.limit.restarts = 9
  input.restart.success.push(1)
  input.stdio.stdout.file = 'elsewhere'
  input.secrets.length = 0
  expect(structuredClone(spec)).toEqual(expected)
})

test('a frozen input is as good as any', () => {
  const args = Object.freeze(['one'])
  expect(process(Object.freeze({ args })).args).toEqual(['one'])
})

test.each([
  [undefined, 'ignore', 'lines', 'lines'],
  ['lines', 'ignore', 'lines', 'lines'],
  ['raw', 'raw', 'raw', 'lines'],
  ['ignore', 'ignore', 'ignore', 'ignore'],
  ['inherit', 'inherit', 'inherit', 'inherit'],
  [{}, 'ignore', 'lines', 'lines'],
  [{ stdin: 'raw' }, 'raw', 'lines', 'lines'],
  [{ stdin: { file: 'in' } }, { file: 'in' }, 'lines', 'lines'],
  [{ stdout: 'raw', stderr: { file: 'err' } }, 'ignore', 'raw', { file: 'err' }],
])('stdio %j means stdin %j, stdout %j, stderr %j', (stdio, stdin, stdout, stderr) => {
  expect(process({ stdio })).toMatchObject({ stdin, stdout, stderr })
})

test('a list in `after` waits for ready, a record for what it says; a sibling named twice is waited for once', () => {
  expect(process({ after: ['a', 'b', 'a'] }).after).toEqual([
    { id: 'a', condition: 'ready' },
    { id: 'b', condition: 'ready' },
  ])
  expect(process({ after: { a: 'completed', b: 'started' } }).after).toEqual([
    { id: 'a', condition: 'completed' },
    { id: 'b', condition: 'started' },
  ])
})

test('a one-shot is temporary, and may say so', () => {
  expect(process({ oneShot: true }).restart.type).toBe('temporary')
  expect(process({ oneShot: true, restart: 'temporary' }).restart.type).toBe('temporary')
  expect(process({ oneShot: true, restart: { type: 'temporary', success: [0, 3] } }).restart.success).toEqual([0, 3])
  expect(process({ oneShot: true, significant: true }).significant).toBe(true)
})

test('a partial backoff is completed by the defaults', () => {
  expect(process({ restart: { type: 'permanent', backoff: { minMs: 5 } } }).restart.backoff).toEqual({
    minMs: 5,
    maxMs: 60_000,
    factor: 2,
    jitter: 0.5,
  })
})

test('only a child that is not ready with its spawn has to be told ready', () => {
  expect(process({ ready: 'spawned' }).readiness).toBe('spawned')
  expect(process({ ready: 'manual' }).readiness).toBe('told')
  expect(process({ ready: { line: 'up' } }).readiness).toBe('told')
})

test('`Infinity` means never, where that makes sense', () => {
  const limit = { restarts: Infinity, withinMs: Infinity }
  const spec = process({
    readyTimeoutMs: Infinity,
    runTimeoutMs: Infinity,
    stop: { killTimeoutMs: Infinity },
    restart: { type: 'permanent', limit, resetAfterMs: Infinity },
  })
  expect(spec).toMatchObject({ readyTimeoutMs: Infinity, runTimeoutMs: Infinity, stop: { killTimeoutMs: Infinity } })
  expect(spec.restart).toMatchObject({ limit, resetAfterMs: Infinity })
})

test('lifetime follows the platform, and tethering what cannot be tethered is refused', () => {
  const untethered = { platformTether: false }
  const child = { id: 'web', command: 'serve' }
  expect(normalizeChild(child, untethered)).toMatchObject({ lifetime: 'attached' })
  expect(process({ lifetime: 'attached' }).lifetime).toBe('attached')
  const tethered = { ...child, lifetime: 'tethered' }
  expect(() => normalizeChild(tethered, untethered)).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }))
  const nested = { id: 'group', kind: 'supervisor', children: [tethered] }
  expect(() => normalizeChild(nested, untethered)).toThrow(
    expect.objectContaining({ code: 'ERR_UNSUPPORTED', child: 'web' }),
  )
})

test.each(['__proto__', 'constructor', 'a.b', 'a/b', '🐣', 'line\nbreak', ' ', 'x'.repeat(256)])(
  '%j is an id like any other',
  (id) => {
    expect(process({ id }).id).toBe(id)
    expect(process({ after: [id] }).after).toEqual([{ id, condition: 'ready' }])
    const after: unknown = JSON.parse(`{${JSON.stringify(id)}:"completed"}`)
    expect(process({ after }).after).toEqual([{ id, condition: 'completed' }])
  },
)

test('`__proto__` is a variable like any other, and checked like any other', () => {
  const { env } = process({ env: JSON.parse('{"__proto__":"x","constructor":"y"}') })
  expect(Object.entries(env)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
  expect(refusalOf({ env: JSON.parse('{"__proto__":{"A":"x"}}') }).message).toBe(
    'Expected `env.__proto__` to be a string, got an object',
  )
  expect(refusalOf({ after: JSON.parse('{"__proto__":"soon"}') }).issues).toHaveLength(1)
  // What it guards against: an assignment to a plain object loses the variable and changes the prototype.
  const naive: Record<string, unknown> = {}
  naive['__proto__'] = { A: 'x' }
  expect(Object.keys(naive)).toEqual([])
  expect(naive['A']).toBe('x')
})

test("the host's own environment can be given as it is", () => {
  const { env } = globalThis.process
  const { BROOD_COOKIE: _, ...own } = env
  expect({ ...process({ env: own }).env }).toEqual(own)
  expect({ ...process({ env: { ...own, BROOD_COOKIE: 'inherited' } }).env }).toEqual(own)
})

test('an expression is copied without its memory', () => {
  const line = /up/gi
  line.lastIndex = 2
  const { ready } = process({ ready: { line } })
  const copied = typeof ready === 'object' ? ready.line : undefined
  if (!(copied instanceof RegExp)) throw new TypeError('no expression')
  expect(copied).not.toBe(line)
  expect(copied.flags).toBe('i')
  expect([copied.test('UP'), copied.test('UP')]).toEqual([true, true])
  expect(line.lastIndex).toBe(2)
  // What it guards against: the caller's own expression sees the same line only every other time.
  line.lastIndex = 0
  expect([line.test('UP'), line.test('UP')]).toEqual([true, false])
})

test('every signal of the platform may stop a child; a reload needs one that can be handled', () => {
  for (const signal of Object.keys(constants.signals)) {
    expect(process({ stop: { signal } }).stop.signal).toBe(signal)
    if (signal === 'SIGKILL' || signal === 'SIGSTOP') expect(refusalOf({ reloadSignal: signal }).issues).toHaveLength(1)
    else expect(process({ reloadSignal: signal }).reloadSignal).toBe(signal)
  }
  expect(process({ reloadSignal: 'none' }).reloadSignal).toBe('none')
  expect(process({})).not.toHaveProperty('reloadSignal')
})

const notWhole = [-1, 1.5, NaN, -Infinity, '5', '5s', null, 2 ** 53, 10n, true, {}, [], () => 1, Symbol('x')]
const notFinite = [...notWhole, Infinity]
const notSignal = ['TERM', 'sigterm', 'SIGNOPE', 15, 0, '', null, 'toString', '__proto__']
const notFlag = ['true', 1, 0, null, {}]
const notText = ['nul\0', 5, null, ['a'], {}]
const notMarks = [0, 'SIGTERM', [-1], [256], [1.5], ['TERM'], [null], { 0: 1 }, new Set([1])]

const badFields: readonly (readonly [path: string, wrap: (bad: unknown) => object, values: readonly unknown[]])[] = [
  ['id', (id) => ({ id }), ['', 5, null, undefined, 'x'.repeat(257), '\uD800', 'a\uDC00b', ['a']]],
  ['kind', (kind) => ({ kind }), ['task', 'Process', null, 5, '']],
  ['command', (command) => ({ command }), ['', ' ', '\t\n', 'a\0b', 5, null, undefined, ['ls']]],
  ['args', (args) => ({ args }), ['-l', null, {}, new Set(['a']), 5, { length: 1, 0: 'a' }]],
  ['args[1]', (bad) => ({ args: ['ok', bad] }), [...notText, undefined]],
  ['cwd', (cwd) => ({ cwd }), ['', 'a\0', 5, null, {}, new URL('file:///tmp')]],
  ['env', (env) => ({ env }), ['A=1', ['A=1'], null, 5, new Map([['A', '1']]), new URLSearchParams('a=1')]],
  ['env', (env) => ({ env }), [{ '': 'x' }, { 'A=B': 'x' }, { 'A\0': 'x' }]],
  ['env.A', (A) => ({ env: { A } }), [undefined, null, 5, true, 'a\0b', {}, ['x']]],
  ['envMode', (envMode) => ({ envMode }), ['Merge', 'none', true, null]],
  ['argv0', (argv0) => ({ argv0 }), notText],
  ['shell', (shell) => ({ shell }), [...notFlag, '/bin/bash']],
  ['oneShot', (oneShot) => ({ oneShot }), notFlag],
  ['runTimeoutMs', (runTimeoutMs) => ({ runTimeoutMs }), notWhole],
  ['restart', (restart) => ({ restart }), ['always', '', null, 5, true, []]],
  ['restart.type', (type) => ({ restart: { type } }), ['always', undefined, null, 1]],
  ['restart.backoff', (backoff) => ({ restart: { type: 'permanent', backoff } }), [5, null, 'fast', [], /x/]],
  ['restart.backoff.minMs', (minMs) => ({ restart: { type: 'permanent', backoff: { minMs } } }), notFinite],
  ['restart.backoff.maxMs', (maxMs) => ({ restart: { type: 'permanent', backoff: { maxMs } } }), notFinite],
  [
    'restart.backoff.factor',
    (factor) => ({ restart: { type: 'permanent', backoff: { factor } } }),
    [0.9, 0, -1, NaN, Infinity, '2', null],
  ],
  [
    'restart.backoff.jitter',
    (jitter) => ({ restart: { type: 'permanent', backoff: { jitter } } }),
    [-0.1, 1.1, NaN, Infinity, '0', null],
  ],
  ['restart.limit', (limit) => ({ restart: { type: 'permanent', limit } }), [5, null, 'none', [5, 10]]],
  [
    'restart.limit.restarts',
    (restarts) => ({ restart: { type: 'permanent', limit: { restarts, withinMs: 1 } } }),
    notWhole,
  ],
  [
    'restart.limit.withinMs',
    (withinMs) => ({ restart: { type: 'permanent', limit: { restarts: 1, withinMs } } }),
    notWhole,
  ],
  ['restart.resetAfterMs', (resetAfterMs) => ({ restart: { type: 'permanent', resetAfterMs } }), notWhole],
  ...['success', 'prevent', 'force'].map(
    (name) =>
      [`restart.${name}`, (marks: unknown) => ({ restart: { type: 'permanent', [name]: marks } }), notMarks] as const,
  ),
  [
    'restart.onUnexpectedExit',
    (onUnexpectedExit) => ({ restart: { type: 'permanent', onUnexpectedExit } }),
    [true, 'yes', null, {}],
  ],
  ['ready', (ready) => ({ ready }), ['ready', '', null, 5, true, /up/, []]],
  [
    'ready.line',
    (line) => ({ ready: { line } }),
    ['', 'two\nlines', 5, null, undefined, {}, { regex: 'x', flags: '' }],
  ],
  ['ready.source', (source) => ({ ready: { line: 'x', source } }), ['stdin', 'both', 1, null]],
  ['readyTimeoutMs', (readyTimeoutMs) => ({ readyTimeoutMs }), notWhole],
  ['after', (after) => ({ after }), ['db', null, 5, new Set(['db']), { '': 'ready' }, { '\uD800': 'ready' }]],
  ['after[0]', (id) => ({ after: [id] }), ['', 5, null, undefined, '\uD800', 'x'.repeat(257)]],
  ['after.db', (db) => ({ after: { db } }), ['healthy', true, null, undefined, 5]],
  ['stop', (stop) => ({ stop }), ['SIGTERM', null, 5, [], /x/, new Date(0), () => 1]],
  ['stop.signal', (signal) => ({ stop: { signal } }), notSignal],
  ['stop.killTimeoutMs', (killTimeoutMs) => ({ stop: { killTimeoutMs } }), notWhole],
  ['stop.splayMs', (splayMs) => ({ stop: { splayMs } }), notFinite],
  ['stop.verifyMs', (verifyMs) => ({ stop: { verifyMs } }), notFinite],
  ['reloadSignal', (reloadSignal) => ({ reloadSignal }), [...notSignal, 'SIGKILL', 'SIGSTOP']],
  ['stdio', (stdio) => ({ stdio }), ['pipe', null, 5, ['ignore', 'pipe', 'pipe']]],
  ['stdio.stdin', (stdin) => ({ stdio: { stdin } }), ['lines', 'pipe', null, 0]],
  ['stdio.stdout', (stdout) => ({ stdio: { stdout } }), ['pipe', null, 1, []]],
  ['stdio.stderr', (stderr) => ({ stdio: { stderr } }), ['pipe', null, 2, []]],
  ['stdio.stdout.file', (file) => ({ stdio: { stdout: { file } } }), ['', 'a\0', 5, null, undefined]],
  ['containment', (containment) => ({ containment }), ['cgroup', 'pidns', null]],
  ['lifetime', (lifetime) => ({ lifetime }), ['survive', 'detached', null]],
  ['significant', (significant) => ({ restart: 'transient', significant }), notFlag],
  ['secrets', (secrets) => ({ secrets }), ['hunter2', null, {}, new Set(['a'])]],
  ['secrets[0]', (secret) => ({ secrets: [secret] }), ['', 5, null, undefined]],
]

test.each(
  badFields.flatMap(([path, wrap, values]) => values.map((value) => [path, inspect(value), value, wrap] as const)),
)('`%s` is never %s', (path, _, value, wrap) => {
  const error = refusalOf(wrap(value))
  expect(error.code).toBe('ERR_INVALID_SPEC')
  expect(error.issues?.length).toBeGreaterThan(0)
  for (const issue of error.issues ?? []) {
    expect(issue.path.startsWith(path)).toBe(true)
    // The schema library's own words.
    expect(issue.expected).not.toMatch(/Invalid|Too (big|small)|expected/)
  }
  expect(error.message.split('`')[1]).toBe(error.issues?.[0]?.path)
})

const badSupervisorFields: readonly (readonly [path: string, options: object])[] = [
  ['id', { id: '' }],
  ['strategy', { strategy: 'all-for-one' }],
  ['autoShutdown', { autoShutdown: true }],
  ['intensity', { intensity: 5 }],
  ['intensity.withinMs', { intensity: { restarts: 1 } }],
  ['children', { children: { web: {} } }],
  ['children[0]', { children: [null] }],
  ['children[0].command', { children: [{ id: 'a' }] }],
  [
    'children[1].stop.killTimeoutMs',
    {
      children: [
        { id: 'a', command: 'x' },
        { id: 'b', command: 'x', stop: { killTimeoutMs: -1 } },
      ],
    },
  ],
  ['children[0].children[0].id', { children: [{ id: 'a', kind: 'supervisor', children: [{ command: 'x' }] }] }],
  ['restart', { restart: 'sometimes' }],
  ['after', { after: 'db' }],
  ['significant', { significant: true }],
  ['command', { command: 'x' }],
  ['stop', { stop: {} }],
]

test.each(badSupervisorFields)('a nested supervisor is told what is wrong with its `%s`', (path, options) => {
  const error = refusal({ id: 'group', kind: 'supervisor', ...options })
  expect(error.code).toBe('ERR_INVALID_SPEC')
  expect(error.issues?.map((issue) => issue.path)).toEqual([path])
})

test('a user is a name or ids, and kept as it is: it is looked up at each spawn', () => {
  expect(process({ user: 'no such user' }).user).toBe('no such user')
  expect(process({ user: { uid: 0, gid: 2 ** 31 - 1 } }).user).toEqual({ uid: 0, gid: 2 ** 31 - 1 })
  expect(process({ user: { uid: 7, gid: undefined } }).user).toEqual({ uid: 7 })
  expect(Object.isFrozen(process({ user: { uid: 7 } }).user)).toBe(true)
  expect(process({ user: undefined })).not.toHaveProperty('user')
})

test.each([
  ['user', ''],
  ['user', 'a:b'],
  ['user', 'a\nb'],
  ['user', 'a\0b'],
  ['user', 7],
  ['user', null],
  ['user.uid', {}],
  ['user.uid', { gid: 1 }],
  ['user.uid', { uid: '7' }],
  ['user.uid', { uid: -1 }],
  ['user.uid', { uid: 0.5 }],
  ['user.uid', { uid: NaN }],
  ['user.uid', { uid: 2 ** 31 }],
  ['user.gid', { uid: 7, gid: -1 }],
  ['user.group', { uid: 7, group: 7 }],
])('`%s` is refused: %j', (path, user) => {
  const error = refusalOf({ user })
  expect(error.code).toBe('ERR_INVALID_SPEC')
  expect(error.issues?.map((issue) => issue.path)).toEqual([path])
})

test.each(['group', 'health', 'log', 'logWriter', 'run', 'detached', 'toString', '__proto__'])(
  '`%s` is an unknown option',
  (name) => {
    const error = refusal(JSON.parse(`{"id":"web","command":"serve",${JSON.stringify(name)}:true}`))
    expect(error.message).toMatch(new RegExp(`^Unknown option \`${name}\``))
  },
)

test.each([
  { stop: { closeStdinMs: 5 } },
  { stop: { command: ['x'] } },
  { ready: { tcp: 80 } },
  { ready: { http: 'http://127.0.0.1' } },
  { ready: { fd: 3 } },
  { ready: { ipc: true } },
  { ready: { exec: ['true'] } },
])('what does not exist yet is refused: %j', (options) => {
  expect(refusalOf(options).message).toMatch(/^Unknown option `\w+` in `(stop|ready)`/)
})

test('a misspelt option is told the nearest name, any other the known ones', () => {
  expect(refusalOf({ stop: { killTimeout: 5 } }).message).toBe(
    'Unknown option `killTimeout` in `stop`: did you mean `killTimeoutMs`?',
  )
  expect(refusalOf({ stop: { patience: 5 } }).message).toBe(
    'Unknown option `patience` in `stop`; known are `signal`, `killTimeoutMs`, `splayMs`, `verifyMs`, `stages`',
  )
  expect(refusal({ id: 'web', comand: 'serve' }, 'children[2]')).toMatchObject({
    message: 'Unknown option `comand` in `children[2]`: did you mean `command`? (and 1 more)',
    issues: [
      { path: 'children[2].comand', expected: '`command`', got: 'an unknown option' },
      { path: 'children[2].command', expected: 'a non-empty string', got: 'undefined' },
    ],
  })
})

test('a misspelt word is told the nearest', () => {
  expect(refusalOf({ stop: { signal: 'TERM' } }).message).toMatch(/got 'TERM': did you mean 'SIGTERM'\?$/)
  expect(refusalOf({ restart: 'permanant' }).message).toMatch(/got 'permanant': did you mean 'permanent'\?$/)
  expect(refusalOf({ after: { db: 'redy' } }).message).toMatch(/got 'redy': did you mean 'ready'\?$/)
  expect(refusalOf({ kind: 'supervisr' }).message).toMatch(/got 'supervisr': did you mean 'supervisor'\?$/)
  expect(refusalOf({ restart: { type: 'permanent', success: ['SIGTRM'] } }).message).toMatch(
    /did you mean 'SIGTERM'\?$/,
  )
})

test('a message says where, what was expected and what was there', () => {
  expect(refusal({ id: 'web', command: 'serve', stop: { killTimeoutMs: -1 } }, 'children[2]').message).toBe(
    'Expected `children[2].stop.killTimeoutMs` to be an integer >= 0, got -1',
  )
  expect(refusal(5).message).toBe('Expected the child to be an object, got 5')
  expect(refusal(null, 'children[0]').message).toBe('Expected `children[0]` to be an object, got null')
  expect(refusalOf({ readyTimeoutMs: 2 ** 53 }).message).toBe(
    'Expected `readyTimeoutMs` to be an integer >= 0 and <= 9007199254740991, got 9007199254740992',
  )
  expect(refusalOf({ env: new Map() }).message).toMatch(/got an instance of Map$/)
  expect(refusalOf({ cwd: `${'x'.repeat(1_000)}\0` }).message.length).toBeLessThan(200)
})

test('all that is wrong is told at once, fields and what holds between them', () => {
  const error = refusal({
    id: '',
    command: 'serve',
    shell: true,
    args: ['x'],
    oneShot: true,
    restart: { type: 'transient', backoff: { minMs: 70_000 } },
    stdio: 'raw',
    ready: { line: 'up', source: 'stdout' },
    stop: { splayMs: -1 },
  })
  expect(error.issues?.map(({ path }) => path)).toEqual([
    'id',
    'stop.splayMs',
    'restart.type',
    'restart.backoff.minMs',
    'args',
    'ready.source',
  ])
  expect(error.message).toMatch(/ \(and 5 more\)$/)
  expect(error.child).toBeUndefined()
})

test.each([
  [{ oneShot: true, restart: 'permanent' }, "Expected `restart` to be 'temporary' for a one-shot, got 'permanent'"],
  [
    { oneShot: true, restart: { type: 'transient' } },
    "Expected `restart.type` to be 'temporary' for a one-shot, got 'transient'",
  ],
  [
    { significant: true },
    "Expected `significant` to be false unless `restart` is 'transient' or 'temporary', got true",
  ],
  [{ shell: true, args: ['a', 'b'] }, 'Expected `args` to be empty with `shell: true`, got an array of 2'],
  [
    { restart: { type: 'permanent', backoff: { minMs: 70_000 } } },
    'Expected `restart.backoff.minMs` to be <= `maxMs` (60000), got 70000',
  ],
  [
    { restart: { type: 'permanent', backoff: { maxMs: 10 } } },
    'Expected `restart.backoff.maxMs` to be >= `minMs` (1000), got 10',
  ],
  [
    { ready: { line: 'up', source: 'stdout' }, stdio: 'raw' },
    "Expected `ready.source` to be 'stderr', the only stream that is 'lines', got 'stdout'",
  ],
  [
    { ready: { line: 'up' }, stdio: 'raw' },
    "Expected `ready.source` to be 'stderr', the only stream that is 'lines', got undefined",
  ],
  [
    { ready: { line: 'up' }, stdio: 'ignore' },
    "Expected `ready.line` to be on a stream that is 'lines', got none such in `stdio`",
  ],
  [
    { lifetime: 'survivor' },
    "Expected `stdio.stdout` to be 'ignore' or a file with `lifetime: 'survivor'`, got 'lines', the default",
  ],
  [
    { lifetime: 'survivor', stdio: { stdout: { file: 'out' } } },
    "Expected `stdio.stderr` to be 'ignore' or a file with `lifetime: 'survivor'`, got 'lines', the default",
  ],
  [
    { lifetime: 'survivor', stdio: { stdout: 'ignore', stderr: 'lines' } },
    "Expected `stdio.stderr` to be 'ignore' or a file with `lifetime: 'survivor'`, got 'lines'",
  ],
  [
    { lifetime: 'survivor', stdio: 'raw' },
    "Expected `stdio.stdin` to be 'ignore' or a file with `lifetime: 'survivor'`, got 'raw'",
  ],
  [
    { lifetime: 'survivor', stdio: 'inherit' },
    "Expected `stdio.stdin` to be 'ignore' or a file with `lifetime: 'survivor'`, got 'inherit'",
  ],
])('%j is refused: fields must fit each other', (options, message) => {
  const error = refusalOf(options)
  expect(error.message).toBe(message)
  expect(error.child).toBe('web')
})

test('a rule is silent where a field it looks at is itself unsound', () => {
  expect(refusalOf({ significant: true, restart: 'transiet' }).issues).toHaveLength(1)
  expect(refusalOf({ ready: { line: 'up' }, stdio: 'ignored' }).issues).toHaveLength(1)
})

test.each([
  'ignore',
  { stdout: { file: 'out' }, stderr: 'ignore' },
  { stdin: { file: 'in' }, stdout: 'ignore', stderr: 'ignore' },
])('a survivor with %j is bound to nobody', (stdio) => {
  expect(process({ lifetime: 'survivor', stdio })).toMatchObject({ lifetime: 'survivor' })
  expect(
    normalizeChild({ id: 'web', command: 'serve', lifetime: 'survivor', stdio }, { platformTether: false }),
  ).toMatchObject({ lifetime: 'survivor' })
})

test('a readiness line on the stream that is read is fine', () => {
  const halfRead = process({ stdio: { stderr: 'inherit' }, ready: { line: 'up' } })
  expect(halfRead.ready).toEqual({ line: 'up' })
  expect(process({ stdio: 'raw', ready: { line: 'up', source: 'stderr' } }).ready).toEqual({
    line: 'up',
    source: 'stderr',
  })
  expect(process({ shell: true, args: [] }).shell).toBe(true)
  expect(process({ significant: true, restart: 'temporary' }).significant).toBe(true)
})

test('no value of the environment and no secret is ever quoted', () => {
  const secret = 'hunter2'
  const inputs = [
    { env: secret },
    { env: [secret] },
    { env: { A: `${secret}\0` } },
    { env: { [`A=${secret}`]: 'x' } },
    { secrets: secret, cwd: `${secret}\0` },
    { secrets: [secret, ''], kind: secret },
    { secrets: [secret], cwd: `${'x'.repeat(56)}${secret}\0` },
    { secrets: [secret], [secret]: 1 },
    { secrets: ['a"b\\c'], cwd: 'a"b\\c\0' },
  ]
  for (const input of inputs) {
    const error = refusalOf(input)
    const said = JSON.stringify([error.message, error.issues?.map(({ expected, got }) => [expected, got])])
    expect(said).not.toMatch(/hunt|a\\*"b/)
  }
  // What it guards against: without the secret being named, the value is quoted as any other.
  expect(refusalOf({ cwd: `${secret}\0` }).message).toContain(secret)
})

const thrower = (): never => {
  throw new Error('trap')
}

test('getters, proxies and objects that contain themselves are refused, not met', () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {})
  revoke()
  const loop: { id: string; kind: string; children: unknown[] } = { id: 'a', kind: 'supervisor', children: [] }
  // Twice, so that to follow it to any depth would take for ever.
  loop.children.push(loop, loop)
  const inputs: unknown[] = [
    revoked,
    new Proxy({}, { ownKeys: thrower }),
    new Proxy({}, { getPrototypeOf: thrower }),
    {
      id: 'a',
      get command(): string {
        return thrower()
      },
    },
    { id: 'a', command: 'x', stop: revoked },
    { id: 'a', command: 'x', args: new Proxy(['a'], { get: thrower }) },
    { id: 'a', command: 'x', env: new Proxy({ A: '1' }, { get: thrower }) },
    { id: 'a', command: 'x', ready: { line: Object.defineProperty(/x/, 'source', { get: thrower }) } },
    { id: 'a', command: 'x', stop: Object.create({ signal: 'SIGINT' }) },
    loop,
  ]
  for (const input of inputs) expect(refusal(input).code).toBe('ERR_INVALID_SPEC')
  expect(refusal(loop).message).toContain('got an object that contains itself')
  expect(refusal({ id: 'web', command: revoked }).message).toContain('got a value that cannot be read')
})

test('every property is read once', () => {
  let reads = 0
  const spec = normalizeChild(
    {
      id: 'web',
      get command() {
        reads += 1
        return reads === 1 ? 'serve' : ''
      },
    },
    context,
  )
  expect([reads, spec]).toMatchObject([1, { command: 'serve' }])
})

test('a tree as deep as 64 supervisors is accepted, and nothing is deep enough to break the check', () => {
  let tree: object = { id: 'leaf', command: 'x', stdio: { stdout: { file: 'out' } } }
  for (let depth = 0; depth < 64; depth += 1) tree = { id: 'group', kind: 'supervisor', children: [tree] }
  expect(normalizeChild(tree, context).kind).toBe('supervisor')
  for (let depth = 64; depth < 20_000; depth += 1) tree = { id: 'group', kind: 'supervisor', children: [tree] }
  expect(refusal(tree).message).toMatch(/got an object that is nested too deeply$/)
})

const group = (...children: object[]) => refusal({ id: 'group', kind: 'supervisor', children }, 'children[1]')
const child = (id: string, ...after: string[]) => ({ id, command: 'x', after })

test('children of a nested supervisor are checked as siblings', () => {
  expect(group(child('a'), child('a'))).toMatchObject({ code: 'ERR_CHILD_EXISTS', child: 'a' })
  expect(group(child('a', 'b'), child('b', 'a'))).toMatchObject({ code: 'ERR_DEPENDENCY_CYCLE' })
  expect(group(child('a'), child('b', 'c')).issues?.[0]?.path).toBe('children[1].children[1].after')
})
