import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cause } from '../../../src/events/exit.ts'
import type { ExitMark, RestartPolicy, RestartType } from '../../../src/machines/policy.ts'
import { isSuccess, typeRestarts } from '../../../src/machines/verdict.ts'

interface Sets {
  readonly success?: readonly ExitMark[]
  readonly prevent?: readonly ExitMark[]
  readonly force?: readonly ExitMark[]
}

const policy = (type: RestartType, { success = [0], prevent = [], force = [] }: Sets = {}): RestartPolicy => ({
  type,
  backoff: { minMs: 1, maxMs: 1, factor: 1, jitter: 0 },
  limit: { restarts: 5, withinMs: 300_000 },
  resetAfterMs: 10_000,
  success,
  prevent,
  force,
})

const code = (value: number, cause: Cause = value === 0 ? 'finished' : 'crash') => ({
  code: value,
  signal: null,
  cause,
})
const signal = (name: NodeJS.Signals, cause: Cause = 'crash') => ({ code: null, signal: name, cause })
const unknown = { code: null, signal: null, cause: 'crash' } as const

test.each<
  [string, Sets, Parameters<typeof typeRestarts>[1], { permanent: boolean; transient: boolean; temporary: boolean }]
>([
  ['code 0', {}, code(0), { permanent: true, transient: false, temporary: false }],
  ['code 1', {}, code(1), { permanent: true, transient: true, temporary: false }],
  ['a signal', {}, signal('SIGSEGV'), { permanent: true, transient: true, temporary: false }],
  ['an end nobody knows', {}, unknown, { permanent: true, transient: true, temporary: false }],
  ['a life that never began', {}, null, { permanent: true, transient: true, temporary: false }],
  ['code 0 after a timeout', {}, code(0, 'timeout'), { permanent: true, transient: true, temporary: false }],
  ['code 0 after failed health', {}, code(0, 'health'), { permanent: true, transient: true, temporary: false }],
  ['another success', { success: [0, 3] }, code(3), { permanent: true, transient: false, temporary: false }],
  ['0 where it is no success', { success: [3] }, code(0), { permanent: true, transient: true, temporary: false }],
  [
    'a signal that is one',
    { success: ['SIGUSR1'] },
    signal('SIGUSR1'),
    { permanent: true, transient: false, temporary: false },
  ],
  ['a prevented code', { prevent: [1] }, code(1), { permanent: false, transient: false, temporary: false }],
  [
    'a prevented signal',
    { prevent: ['SIGSEGV'] },
    signal('SIGSEGV'),
    { permanent: false, transient: false, temporary: false },
  ],
  ['a forced code', { force: [0] }, code(0), { permanent: true, transient: true, temporary: true }],
  ['a forced signal', { force: ['SIGSEGV'] }, signal('SIGSEGV'), { permanent: true, transient: true, temporary: true }],
  [
    'both prevented and forced',
    { prevent: [1], force: [1] },
    code(1),
    { permanent: false, transient: false, temporary: false },
  ],
  ['another than the prevented', { prevent: [2] }, code(1), { permanent: true, transient: true, temporary: false }],
  // 139 is how a shell would say SIGSEGV: the sets speak of what the kernel said.
  [
    'a code that looks like a signal',
    { prevent: ['SIGSEGV'] },
    code(139),
    { permanent: true, transient: true, temporary: false },
  ],
])('%s', (_, sets, exit, expected) => {
  const judged = Object.fromEntries(
    (['permanent', 'transient', 'temporary'] as const).map((type) => [type, typeRestarts(policy(type, sets), exit)]),
  )
  expect(judged).toEqual(expected)
})

describe('for any exit and any sets', () => {
  const marks = fc.array(fc.constantFrom<ExitMark>(0, 1, 2, 3, 'SIGTERM', 'SIGSEGV', 'SIGKILL'), { maxLength: 4 })
  const exits = fc.oneof(
    fc.integer({ min: 0, max: 4 }).map((value) => code(value)),
    fc.constantFrom<NodeJS.Signals>('SIGTERM', 'SIGSEGV', 'SIGKILL', 'SIGHUP').map((name) => signal(name)),
    fc.constant(unknown),
  )
  const types = fc.constantFrom<RestartType>('permanent', 'transient', 'temporary')
  const sets = fc.record({ success: marks, prevent: marks, force: marks })

  test('prevent beats force, and force beats the type', () => {
    fc.assert(
      fc.property(types, sets, exits, (type, given, exit) => {
        const marked = (set: readonly ExitMark[]) => set.includes((exit.code ?? exit.signal) as ExitMark)
        const restarts = typeRestarts(policy(type, given), exit)
        if (marked(given.prevent)) expect(restarts).toBe(false)
        else if (marked(given.force)) expect(restarts).toBe(true)
        else if (type === 'transient') expect(restarts).toBe(!isSuccess(policy(type, given), exit))
        else expect(restarts).toBe(type === 'permanent')
      }),
    )
  })
})
