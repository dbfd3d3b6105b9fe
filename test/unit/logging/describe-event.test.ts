import { expect, test } from 'vitest'
import type { EventData, EventType } from '../../../src/events/event.ts'
import { describeEvent } from '../../../src/logging/describe-event.ts'
import { samples } from './event-samples.ts'

const describe = <T extends EventType>(type: T, data: EventData[T]) =>
  describeEvent({ stream: '/api', child: 'api', type, data })

test.each(samples)('$type has a line with words and no field called pid', (sample) => {
  const line = describeEvent({ stream: '/api', child: 'api', ...sample })
  expect(line.message).toMatch(/\w+ \w+/)
  expect(line.message).not.toMatch(/undefined|null|\[object/)
  expect(Object.keys(line.fields)).not.toContain('pid')
})

test('an exit that nobody asked for is a warning in plain words', () => {
  const exit = { pid: 42, identity: null, status: null, cause: 'crash', expected: false } as const
  expect(describe('process.exited', { ...exit, code: 1, signal: null })).toMatchObject({
    level: 'warn',
    message: 'api exited with code 1, unexpectedly',
    fields: { childPid: 42, code: 1, signal: null, expected: false, cause: 'crash' },
  })
  expect(describe('process.exited', { ...exit, code: null, signal: 'SIGSEGV' }).message).toBe(
    'api was ended by SIGSEGV, unexpectedly',
  )
  expect(describe('process.exited', { ...exit, code: null, signal: null }).message).toBe('api ended, unexpectedly')
})

test('the same exit, asked for, is bookkeeping', () => {
  const asked = {
    pid: 42,
    identity: null,
    code: 0,
    signal: null,
    status: 0,
    cause: 'operator',
    expected: true,
  } as const
  expect(describe('process.exited', asked)).toMatchObject({ level: 'debug', message: 'api exited with code 0' })
})

test('what was given up is an error, and nothing else is but a failed root and an unkillable child', () => {
  const errors = samples.filter(
    ({ type, data }) => describeEvent({ stream: '/api', child: 'api', type, data }).level === 'error',
  )
  expect(errors.map(({ type }) => type)).toEqual(['intensity.exceeded', 'restart.abandoned'])
  expect(describeEvent({ stream: '/', type: 'supervisor.stopped', data: { outcome: 'failed' } })).toMatchObject({
    level: 'error',
    message: 'the supervisor stopped: failed',
  })
  const survivor = { pid: 43, startTicks: 1, bootId: 'b' }
  expect(describe('child.stopped', { outcome: 'unkillable', survivors: [survivor] })).toMatchObject({
    level: 'error',
    fields: { childPids: [43] },
  })
})

test('a child that did not start says why', () => {
  const error = { code: 'ERR_SPAWN_FAILED', message: 'spawn nope ENOENT' } as const
  expect(describe('child.stopped', { outcome: 'startFailed', error })).toMatchObject({
    level: 'warn',
    message: 'api did not start: spawn nope ENOENT',
    fields: { error: 'ERR_SPAWN_FAILED' },
  })
})

test('nothing of a spec and nothing of a host reaches a line', () => {
  const secret = 'hunter2'
  const limit = { restarts: null, withinMs: null }
  const added = {
    kind: 'process',
    restart: 'permanent',
    oneShot: false,
    significant: false,
    limit,
    spec: { secret },
  } as const
  const host = { hostId: secret, treeId: secret, bootId: secret, pid: 7 }
  const started = { id: 'root', strategy: 'one-for-one', autoShutdown: 'never', awaits: 0, host } as const
  expect(JSON.stringify([describe('child.added', added), describe('supervisor.started', started)])).not.toContain(
    secret,
  )
})
