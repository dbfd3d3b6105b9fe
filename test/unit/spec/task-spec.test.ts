import { expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import { childSpecJsonSchema } from '../../../src/spec/child-spec-json-schema.ts'
import { describeSpec } from '../../../src/spec/describe-spec.ts'
import { equalChildSpecs } from '../../../src/spec/equal-child-specs.ts'
import { formatChildSpec } from '../../../src/spec/format-child-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'

const context = { platformTether: true }
const run = async (): Promise<void> => {}
const job = { id: 'job', kind: 'task', run }

function issuesOf(work: () => unknown): readonly unknown[] {
  try {
    work()
  } catch (error) {
    if (isBroodError(error, 'ERR_INVALID_SPEC')) return error.issues ?? []
    throw error
  }
  return []
}

test('a task that says nothing has the defaults of a process, and no signal, command or output', () => {
  expect(normalizeChild(job, context)).toEqual({
    id: 'job',
    kind: 'task',
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
    readiness: 'told',
    readyTimeoutMs: 90_000,
    runTimeoutMs: Infinity,
    after: [],
    run,
  })
})

test('its spec is frozen all the way down, but for the function', () => {
  const spec = normalizeChild({ ...job, stop: { splayMs: 1 }, after: ['a'] }, context)
  expect(Object.isFrozen(spec) && Object.isFrozen(spec.stop) && Object.isFrozen(spec.after)).toBe(true)
})

test.each([
  [{ run: undefined }, 'run', 'a function', 'undefined'],
  [{ run: 'run' }, 'run', 'a function', "'run'"],
  [{ readyTimeoutMs: -1 }, 'readyTimeoutMs', 'an integer >= 0', '-1'],
  [{ stop: { killTimeoutMs: 0.5 } }, 'stop.killTimeoutMs', 'an integer >= 0', '0.5'],
])('%j is refused', (more, path, expected, got) => {
  expect(issuesOf(() => normalizeChild({ ...job, ...more }, context))).toEqual([{ path, expected, got }])
})

test.each([
  { command: 'x' },
  { oneShot: true },
  { stdio: 'lines' },
  { stop: { signal: 'SIGTERM' } },
  { ready: 'manual' },
])('what only a process has is unknown: %j', (more) => {
  expect(issuesOf(() => normalizeChild({ ...job, ...more }, context))).toMatchObject([{ got: 'an unknown option' }])
})

test('a significant task must be able to end', () => {
  expect(issuesOf(() => normalizeChild({ ...job, significant: true }, context))).toMatchObject([
    { path: 'significant' },
  ])
  expect(normalizeChild({ ...job, significant: true, restart: 'transient' }, context).significant).toBe(true)
})

test('a misspelt kind is asked after', () => {
  expect(() => normalizeChild({ ...job, kind: 'tsk' }, context)).toThrow(
    `Expected \`kind\` to be 'process', 'task' or 'supervisor', got 'tsk': did you mean 'task'?`,
  )
})

test('a log holds that there is a `run`, not what it is', () => {
  expect(describeSpec(normalizeChild({ ...job, stop: { killTimeoutMs: Infinity } }, context))).toEqual({
    id: 'job',
    kind: 'task',
    run: true,
    stop: { killTimeoutMs: null },
  })
})

test('JSON cannot hold a task, and says so both ways', () => {
  expect(() => formatChildSpec(job, context)).toThrow(
    'Expected `run` to be something that JSON can hold, got a function',
  )
  const group = { id: 'group', kind: 'supervisor', children: [job] }
  expect(issuesOf(() => formatChildSpec(group, context))).toMatchObject([{ path: 'children[0].run' }])
  expect(() => parseChildSpec({ id: 'job', kind: 'task' }, context)).toThrow(
    'Expected `run` to be a function, which JSON cannot hold, got undefined',
  )
  expect(() => parseChildSpec({ id: 'job', kind: 'task', run: 'run()' }, context)).toThrow('which JSON cannot hold')
  expect(JSON.stringify(childSpecJsonSchema)).not.toContain('"task"')
})

test('two are equal if all they say is, and the function is the same one', () => {
  const spec = normalizeChild({ ...job, stop: { splayMs: 5 } }, context)
  expect(equalChildSpecs(spec, { ...job, stop: { splayMs: 5, killTimeoutMs: 5_000 } }, context)).toBe(true)
  expect(equalChildSpecs(spec, spec, context)).toBe(true)
  expect(equalChildSpecs(spec, job, context)).toBe(false)
  expect(equalChildSpecs(job, { ...job, run: async (): Promise<void> => {} }, context)).toBe(false)
  expect(equalChildSpecs(job, { id: 'job', command: 'x' }, context)).toBe(false)
})
