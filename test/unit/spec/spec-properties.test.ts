import { constants } from 'node:os'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import type { Dependency, StopPolicy } from '../../../src/machines/policy.ts'
import type { ChildOptions, ProcessOptions, StopOptions } from '../../../src/spec/child-options.ts'
import type { ChildSpec } from '../../../src/spec/child-spec.ts'
import { describeSpec } from '../../../src/spec/describe-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { normalizeSupervisor } from '../../../src/spec/supervisor-options.ts'
import { stopOptions } from './arbitrary-child.ts'

const context = { platformTether: true }

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  withBoxedValues: true,
})

const names = (
  'id kind command args cwd env envMode argv0 shell oneShot runTimeoutMs restart ready readyTimeoutMs after stop ' +
  'reloadSignal stdio containment lifetime significant secrets strategy intensity autoShutdown children type backoff ' +
  'limit minMs maxMs factor jitter restarts withinMs success prevent force onUnexpectedExit line source signal ' +
  'killTimeoutMs splayMs verifyMs stages to atMs stdin stdout stderr file __proto__ constructor toString'
).split(' ')

/** Objects with the right names and the wrong values, in the wrong places. */
const garbage = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anything,
    fc.constantFrom(
      'process',
      'supervisor',
      'permanent',
      'lines',
      'raw',
      'SIGTERM',
      'ready',
      0,
      Infinity,
      /x/g,
      () => true,
    ),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { noNullPrototype: false }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
})).value

/** Whether zod's own words are in a message. */
const zodSpeaks =
  /Invalid (input|option|key|element|string)|Unrecognized|Too (big|small)|received|expected \w+ to|Required/

function outcome(normalize: () => unknown): 'taken' | 'refused' {
  try {
    normalize()
    return 'taken'
  } catch (error) {
    if (!isBroodError(error, 'ERR_INVALID_SPEC')) throw error
    expect(error.issues?.length).toBeGreaterThan(0)
    expect(error.message).toMatch(/^(Expected|Unknown option) /)
    for (const { expected, got, path } of error.issues ?? []) {
      expect(`${expected} ${got}`).not.toMatch(zodSpeaks)
      expect(path).toBeTypeOf('string')
    }
    return 'refused'
  }
}

test('garbage is refused with ERR_INVALID_SPEC in our own words, and never crashes', () => {
  fc.assert(
    fc.property(garbage, (input) => {
      outcome(() => normalizeChild(input, context))
      outcome(() => normalizeSupervisor(input, context))
    }),
    { numRuns: 2_000 },
  )
})

test('a spec with one field of garbage is refused with ERR_INVALID_SPEC, or taken', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), garbage, fc.boolean(), (name, value, nested) => {
      const base = nested ? { id: 'a', kind: 'supervisor' } : { id: 'a', command: 'x' }
      const input = Object.defineProperty({ ...base }, name, { value, enumerable: true, configurable: true })
      outcome(() => normalizeChild(input, context))
    }),
    { numRuns: 3_000 },
  )
})

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'))
const filled = text.filter((value) => value.trim() !== '')
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const ms = fc.nat()
const msOrNever = fc.oneof(ms, fc.constant(Infinity))
const signal = fc.constantFrom(...(Object.keys(constants.signals) as NodeJS.Signals[]))
const marks = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), signal), { maxLength: 3 })
const file = fc.record({ file: filled })
const limit = fc.record({ restarts: msOrNever, withinMs: msOrNever })
const optional = { requiredKeys: [] } satisfies { requiredKeys: [] }

const restart = fc.oneof(
  fc.constantFrom('permanent' as const, 'transient' as const, 'temporary' as const),
  fc.record(
    {
      type: fc.constantFrom('permanent' as const, 'transient' as const, 'temporary' as const),
      backoff: fc.record(
        {
          minMs: fc.nat({ max: 1_000 }),
          maxMs: fc.integer({ min: 1_000, max: 1_000_000 }),
          factor: fc.double({ min: 1, max: 10, noNaN: true }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        },
        optional,
      ),
      limit,
      resetAfterMs: msOrNever,
      success: marks,
      prevent: marks,
      force: marks,
      onUnexpectedExit: fc.constant(() => true),
    },
    { requiredKeys: ['type'] },
  ),
)

const variable = filled.filter((name) => !name.includes('=') && name !== 'BROOD_COOKIE')
const condition = fc.constantFrom('started' as const, 'ready' as const, 'completed' as const)

const processOptions: fc.Arbitrary<ProcessOptions> = fc.record(
  {
    id,
    kind: fc.constant('process' as const),
    command: filled,
    args: fc.array(text, { maxLength: 3 }),
    cwd: filled,
    env: fc.dictionary(variable, text, { maxKeys: 3 }),
    envMode: fc.constantFrom('merge' as const, 'replace' as const),
    argv0: text,
    runTimeoutMs: msOrNever,
    restart,
    ready: fc.oneof(
      fc.constantFrom('spawned' as const, 'manual' as const),
      fc.record(
        {
          line: fc.oneof(
            filled.filter((line) => !/[\r\n]/.test(line)),
            fc.constantFrom(/up/gi, /^x$/u),
          ),
        },
        { requiredKeys: ['line'] },
      ),
    ),
    readyTimeoutMs: msOrNever,
    after: fc.oneof(fc.array(id, { maxLength: 3 }), fc.dictionary(id, condition, { maxKeys: 3 })),
    stop: stopOptions,
    reloadSignal: fc.constantFrom('none' as const, 'SIGHUP' as const),
    stdio: fc.oneof(
      fc.constant('lines' as const),
      fc.record(
        { stdin: fc.oneof(fc.constantFrom('raw' as const, 'ignore' as const, 'inherit' as const), file) },
        optional,
      ),
    ),
    lifetime: fc.constantFrom('tethered' as const, 'attached' as const),
    secrets: fc.array(filled, { maxLength: 2 }),
  },
  { requiredKeys: ['id', 'command'] },
)

const afterOf = (after: readonly Dependency[]) => Object.fromEntries(after.map((one) => [one.id, one.condition]))

function stopOptionsOf({ signal: first, killTimeoutMs, stages, ...pace }: StopPolicy): StopOptions {
  return stages === undefined ? { signal: first, killTimeoutMs, ...pace } : { stages, ...pace }
}

/** The options that say everything a spec says: the way back. */
function optionsOf(spec: ChildSpec): ChildOptions {
  const { id: name, restart: policy, significant } = spec
  const common = { id: name, restart: policy, significant, after: afterOf(spec.after) }
  if (spec.kind === 'supervisor') {
    const { kind, strategy, intensity, autoShutdown, children } = spec
    return { ...common, kind, strategy, intensity, autoShutdown, children: children.map((child) => optionsOf(child)) }
  }
  const { readiness: _readiness, after: _after, stdin, stdout, stderr, stop, ...rest } = spec
  // A type cannot say that stdin is never lines; the schema does.
  return { ...rest, ...common, stop: stopOptionsOf(stop), stdio: { stdin, stdout, stderr } }
}

test('what is normalised stays the same facts when it is normalised again', () => {
  fc.assert(
    fc.property(processOptions, fc.array(processOptions, { maxLength: 3 }), (own, below) => {
      const distinct = below.map((child, index) => ({ ...child, id: `${index}`, after: [] }))
      const group = { id: own.id, kind: 'supervisor', restart: own.restart, after: own.after, children: distinct }
      for (const input of [own, group]) {
        const once = normalizeChild(input, context)
        expect(normalizeChild(optionsOf(once), context)).toEqual(once)
        expect(normalizeChild(input, context)).toEqual(once)
      }
    }),
    { numRuns: 300 },
  )
})

test('every spec can be described in JSON, without a value of its environment', () => {
  fc.assert(
    fc.property(processOptions, (input) => {
      const env = { TOKEN: 'canary-4711' }
      const described = describeSpec(normalizeChild({ ...input, env }, context))
      expect(JSON.parse(JSON.stringify(described))).toEqual(described)
      expect(JSON.stringify(described)).not.toContain('canary-4711')
    }),
    { numRuns: 300 },
  )
})
