import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { given, type GivenCommand, type ShortEvent } from '../../../src/testing/index.ts'

const web: ChildOptions = { id: 'web', command: 'web', ready: 'manual' }
const life: readonly ShortEvent[] = [
  { type: 'start.requested' },
  { type: 'spawn.requested' },
  { type: 'process.spawned' },
]
const running: readonly ShortEvent[] = [...life, { type: 'child.ready' }]

describe('given, when, then', () => {
  test('states a decision about a spec of one’s own, without a process', () => {
    given([{ type: 'start.requested' }, { type: 'spawn.requested' }], { children: [web] })
      .when({ spawned: 'web' })
      .then(['process.spawned'])
    given(running, { children: [web] })
      .when({ stop: 'web' })
      .then(['stop.requested', 'splay.elapsed'])
    given(running, { children: [web] })
      .when({ start: 'web' })
      .thenRefused('ERR_INVALID_STATE')
    given(life, { children: [web] })
      .when({ readyTimeout: 'web' })
      .then(['ready.timedOut', 'splay.elapsed'])
    given(running, { children: [web] })
      .when({ ready: 'web' })
      .thenNothing()
  })

  test('goes on from what was decided', () => {
    const restart = { type: 'permanent', backoff: { minMs: 200, jitter: 0 } } as const
    const crashed = given(running, { children: [{ ...web, restart }] })
      .when({ exited: 'web', code: 1 })
      .then(['process.exited'])
      .when({ drained: 'web' })
      .then(['process.drained'])
      .when({ gone: 'web' })
    expect(crashed.then(['restart.scheduled']).view.children[0]).toMatchObject({ state: 'backingOff' })
    expect(crashed.events[0]?.data).toEqual({ delayMs: 200, attempt: 0, cause: 'crash' })
    crashed.when({ backoffElapsed: 'web', afterMs: 200 }).then(['restart.due', 'spawn.requested'])
  })

  test('a history can be asked many times, and no question changes it', () => {
    const history = given(running, { children: [web] })
    history.when({ stop: 'web' }).then(['stop.requested', 'splay.elapsed'])
    history.when({ restart: 'web', now: true }).then(['restart.requested', 'splay.elapsed', 'killTimeout.elapsed'])
    history.when({ stop: 'web' }).then(['stop.requested', 'splay.elapsed'])
    expect(history.view.children[0]?.state).toBe('running')
  })

  test('knows the root: it is started and stopped as `/`', () => {
    const children = [web, { id: 'db', command: 'db' }] as const
    const fresh = given([], { children })
    expect(fresh.view).toMatchObject({ state: 'initial', children: [{ id: 'web' }, { id: 'db' }] })
    fresh.when({ start: 'web' }).thenRefused('ERR_SUPERVISOR_NOT_RUNNING')
    const started = fresh
      .when({ start: '/' })
      .then(['supervisor.started', 'start.requested', 'start.requested', 'spawn.requested', 'spawn.requested'])
    expect(started.view.state).toBe('starting')
    started
      .when({ stop: '/', now: true })
      .when({ add: { id: 'more', command: 'x' } })
      .thenRefused('ERR_SUPERVISOR_STOPPED')
  })

  test('adds and removes', () => {
    given(running, { children: [web] })
      .when({ add: { id: 'more', command: 'x', after: ['web'] } })
      .then(['child.added'])
      .when({ start: 'more' })
      .then(['start.requested', 'spawn.requested'])
      .when({ remove: 'more' })
      .then(['stop.requested', 'splay.elapsed'])
      .when({ restart: 'more' })
      .thenRefused('ERR_CHILD_STOPPING')
  })

  test('decides for nested supervisors and strategies, by stream', () => {
    const api = {
      id: 'api',
      kind: 'supervisor',
      strategy: 'one-for-all',
      children: [
        { id: 'a', command: 'a' },
        { id: 'b', command: 'b' },
      ],
    } as const
    const both = given([], { children: [api] })
      .when({ start: '/' })
      .when({ spawned: '/api/a' })
      .when({ spawned: '/api/b' })
    expect(both.view.children[0]).toMatchObject({ id: 'api', state: 'running' })
    both.when({ exited: '/api/a', code: 1 }).then(['process.exited', 'restart.requested', 'splay.elapsed'])
  })

  test('nothing is left to chance, unless it is given', () => {
    const stop = { splayMs: 1_000 }
    const splayOf = (random?: () => number) =>
      given(running, { children: [{ ...web, stop }], random }).when({ stop: 'web' }).events[0]?.data
    expect(splayOf()).toMatchObject({ splayMs: 0 })
    expect(splayOf(() => 0.5)).toMatchObject({ splayMs: 500 })
  })

  test('time passes between facts as they say', () => {
    const restart = { type: 'permanent', backoff: { minMs: 100, factor: 10, jitter: 0 }, resetAfterMs: 5_000 } as const
    const crashes = (readyForMs: number) =>
      given(
        [
          ...running,
          { type: 'process.exited', data: { code: 1 } },
          { type: 'process.drained' },
          { type: 'restart.scheduled' },
          { type: 'restart.due' },
          { type: 'spawn.requested' },
          { type: 'process.spawned' },
          { type: 'child.ready' },
          { type: 'process.exited', data: { code: 1 }, afterMs: readyForMs },
          { type: 'process.drained' },
        ],
        { children: [{ ...web, restart }] },
      ).when({ gone: 'web' }).events[0]?.data
    expect(crashes(4_999)).toMatchObject({ attempt: 1, delayMs: 1_000 })
    expect(crashes(5_000)).toMatchObject({ attempt: 0, delayMs: 100 })
  })
})

describe('a claim that does not hold', () => {
  const history = given(running, { children: [web] })

  test.each<[string, () => unknown, string]>([
    [
      'other events',
      () => history.when({ stop: 'web' }).then(['stop.requested']),
      'Expected stop.requested, got stop.requested, splay.elapsed',
    ],
    ['no events', () => history.when({ ready: 'web' }).then(['child.ready']), 'Expected child.ready, got no event'],
    [
      'a refusal',
      () => history.when({ start: 'web' }).then(['start.requested']),
      'Expected start.requested, got a refusal with ERR_INVALID_STATE',
    ],
    [
      'a refusal where nothing was claimed',
      () => history.when({ start: 'web' }).thenNothing(),
      'Expected no event, got a refusal with ERR_INVALID_STATE',
    ],
    [
      'no refusal',
      () => history.when({ stop: 'web' }).thenRefused('ERR_INVALID_STATE'),
      'Expected a refusal with ERR_INVALID_STATE, got stop.requested, splay.elapsed',
    ],
    [
      'another refusal',
      () => history.when({ start: 'web' }).thenRefused('ERR_ABORTED'),
      'Expected a refusal with ERR_ABORTED, got a refusal with ERR_INVALID_STATE',
    ],
  ])('is an AssertionError that names both sides: %s', (_, claim, message) => {
    expect(claim).toThrow(expect.objectContaining({ name: 'AssertionError', message }))
  })

  test('an await, which calls `then`, is told off', async () => {
    // The compiler says so, too: an `await` of it is an error.
    const awaited = Promise.resolve(history.when({ stop: 'web' }) as unknown)
    await expect(awaited).rejects.toThrow('do not await')
  })
})

describe('what is not possible is refused', () => {
  test.each<[string, readonly ShortEvent[], object]>([
    [
      'a fact out of turn',
      [{ type: 'child.ready' }],
      { code: 'ERR_INVALID_STATE', message: expect.stringContaining('child.ready for /web, which is initial') },
    ],
    ['a child nobody knows', [{ type: 'start.requested', child: 'db' }], { code: 'ERR_CHILD_NOT_FOUND', child: 'db' }],
  ])('%s', (_, events, error) => {
    expect(() => given(events, { children: [web] }).view).toThrow(expect.objectContaining(error))
  })

  test('a fact that could be about several children has to say which', () => {
    expect(() => given([{ type: 'start.requested' }], { children: [web, { id: 'db', command: 'db' }] }).view).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_SPEC' }),
    )
  })

  test.each<[string, object]>([
    ['no verb', {}],
    ['two verbs', { stop: 'web', start: 'web' }],
    ['a verb that is none', { halt: 'web' }],
    ['nobody', { stop: true }],
    ['something it does not know', { stop: 'web', nwo: true }],
    ['something of another verb', { start: 'web', now: true }],
    ['a signal to the root', { ready: '/' }],
  ])('a command with %s', (_, command) => {
    expect(() => given(running, { children: [web] }).when(command as GivenCommand)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_SPEC' }),
    )
  })

  test('options are those of a supervisor', () => {
    expect(() => given([], { childern: [] } as object)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
  })
})
