import { expect, test } from 'vitest'
import { describeSpec } from '../../../src/spec/describe-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'

const describe = (options: object) =>
  describeSpec(normalizeChild({ id: 'web', command: 'serve', ...options }, { platformTether: true }))

test('what equals a default is left out', () => {
  expect(describe({})).toEqual({ id: 'web', command: 'serve', lifetime: 'tethered' })
  expect(
    describe({
      args: [],
      env: {},
      restart: {
        type: 'permanent',
        backoff: { minMs: 1_000 },
        limit: { restarts: 5, withinMs: 300_000 },
        success: [0],
      },
      stop: { signal: 'SIGTERM', killTimeoutMs: 5_000 },
      stdio: 'lines',
      ready: 'spawned',
      runTimeoutMs: Infinity,
      reloadSignal: undefined,
    }),
  ).toEqual(describe({}))
  expect(describe({ oneShot: true })).toEqual({ id: 'web', command: 'serve', oneShot: true, lifetime: 'tethered' })
})

test('what differs is told in the words of the options', () => {
  expect(
    describe({
      args: ['-p', '80'],
      cwd: '/srv',
      env: { B: '2', A: '1' },
      envMode: 'replace',
      argv0: 'w',
      runTimeoutMs: 5,
      restart: {
        type: 'transient',
        backoff: { factor: 3 },
        limit: { restarts: Infinity, withinMs: 1 },
        success: [0, 'SIGTERM'],
      },
      ready: { line: /up/i, source: 'stdout' },
      readyTimeoutMs: Infinity,
      after: { db: 'started' },
      stop: { killTimeoutMs: Infinity },
      reloadSignal: 'SIGHUP',
      stdio: { stderr: { file: 'err' } },
      significant: true,
    }),
  ).toEqual({
    id: 'web',
    command: 'serve',
    args: ['-p', '80'],
    cwd: '/srv',
    env: ['A', 'B'],
    envMode: 'replace',
    argv0: 'w',
    runTimeoutMs: 5,
    restart: {
      type: 'transient',
      backoff: { factor: 3 },
      limit: { restarts: null, withinMs: 1 },
      success: [0, 'SIGTERM'],
    },
    ready: { line: { regex: 'up', flags: 'i' }, source: 'stdout' },
    readyTimeoutMs: null,
    after: { db: 'started' },
    stop: { killTimeoutMs: null },
    reloadSignal: 'SIGHUP',
    stdio: { stderr: { file: 'err' } },
    lifetime: 'tethered',
    significant: true,
  })
  expect(describe({ restart: 'transient', after: ['db'], ready: 'manual', stdio: 'raw', shell: true })).toMatchObject({
    restart: 'transient',
    after: ['db'],
    ready: 'manual',
    stdio: { stdin: 'raw', stdout: 'raw' },
    shell: true,
  })
})

test('no secret and no value of the environment is in it, wherever they stand', () => {
  const secret = 'hunter2'
  const described = JSON.stringify(
    describe({
      command: `serve ${secret}`,
      args: [`--token=${secret}`],
      cwd: `/srv/${secret}`,
      argv0: secret,
      env: { TOKEN: 'canary', OTHER: secret },
      ready: { line: `${secret} up`, source: 'stdout' },
      stdio: { stderr: { file: `/log/${secret}` } },
      secrets: [secret],
    }),
  )
  expect(described).not.toMatch(/hunter2|canary/)
  expect(described).toContain('--token=[redacted]')
  expect(described).toContain('"env":["OTHER","TOKEN"]')
  // What it guards against: an argument that is not named as a secret is in the log as it is.
  expect(JSON.stringify(describe({ args: [secret] }))).toContain(secret)
})

test('whose a process is to be is told', () => {
  expect(describe({ user: 'nobody' })).toMatchObject({ user: 'nobody' })
  expect(describe({ user: { uid: 7, gid: undefined } })).toMatchObject({ user: { uid: 7 } })
  expect(describe({})).not.toHaveProperty('user')
})

test('functions are told of, not held', () => {
  const described = describe({ restart: { type: 'permanent', onUnexpectedExit: () => true } })
  expect(described).toMatchObject({ restart: { type: 'permanent', onUnexpectedExit: true } })
})

test('names that mean something to objects survive', () => {
  const described = describe({ after: JSON.parse('{"__proto__":"completed"}'), env: JSON.parse('{"__proto__":"x"}') })
  expect(JSON.stringify(described)).toContain('"after":{"__proto__":"completed"}')
  expect(JSON.stringify(described)).toContain('"env":["__proto__"]')
})

test('a nested supervisor is described without its children', () => {
  const group = { id: 'group', kind: 'supervisor', children: [{ id: 'web', command: 'serve' }] }
  const describeGroup = (options: object) =>
    describeSpec(normalizeChild({ ...group, ...options }, { platformTether: true }))
  expect(describeGroup({})).toEqual({ id: 'group', kind: 'supervisor' })
  const intensity = { restarts: 3, withinMs: 5_000 }
  const told = {
    strategy: 'one-for-all',
    autoShutdown: 'any-significant',
    intensity,
    restart: 'transient',
    significant: true,
  }
  expect(describeGroup({ ...told, after: ['x'] })).toEqual({ id: 'group', kind: 'supervisor', after: ['x'], ...told })
})

test('a description is plain JSON', () => {
  const described = describe({ stop: { killTimeoutMs: Infinity }, after: ['db'], env: { A: '1' }, ready: 'manual' })
  expect(JSON.parse(JSON.stringify(described))).toEqual(described)
})
