import { describe, expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import type { StopStage } from '../../../src/events/event.ts'
import { describeSpec } from '../../../src/spec/describe-spec.ts'
import { equalChildSpecs } from '../../../src/spec/equal-child-specs.ts'
import { formatChildSpec } from '../../../src/spec/format-child-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'

const context = { platformTether: true }
const web = (stop: object) => ({ id: 'web', command: 'serve', stop })
const stopOf = (stop: object) => normalizeChild(web(stop), context).stop

const term = (to: StopStage['to'], atMs: number): StopStage => ({ signal: 'SIGTERM', to, atMs })
const kill = (to: StopStage['to'], atMs: number): StopStage => ({ signal: 'SIGKILL', to, atMs })
/** The process, a third later its group, at the end SIGKILL to the group. */
const viam = [term('process', 0), term('group', 1_000), kill('group', 3_000)]

function issueOf(stop: unknown): unknown {
  try {
    normalizeChild({ id: 'web', command: 'serve', stop }, context)
  } catch (error) {
    if (isBroodError(error, 'ERR_INVALID_SPEC')) return error.issues?.[0]
    throw error
  }
  throw new Error('Nothing was refused')
}

describe('stages that are sound', () => {
  test('are the whole rule: the signal is the first one, the grace ends with the last', () => {
    const spec = normalizeChild(web({ stages: viam, splayMs: 50, verifyMs: 60 }), context)
    expect(spec.stop).toEqual({ signal: 'SIGTERM', killTimeoutMs: 3_000, splayMs: 50, verifyMs: 60, stages: viam })
    expect([spec.stop, spec.stop.stages, ...(spec.stop.stages ?? [])].every(Object.isFrozen)).toBe(true)
  })

  test.each<[string, readonly StopStage[], readonly StopStage[]]>([
    ['SIGTERM to the group', [term('group', 70)], [kill('group', 5_070)]],
    ['SIGKILL to the process alone', [kill('process', 0)], [kill('group', 5_000)]],
    ['SIGKILL to the tree', [kill('tree', 10)], [kill('group', 5_010)]],
    ['SIGKILL to the group', [kill('group', 10)], []],
    // Later than this no option could say it.
    ['the last of all moments', [term('group', Number.MAX_SAFE_INTEGER)], [kill('group', Number.MAX_SAFE_INTEGER)]],
  ])('that end with %s are followed by what ends for sure', (_, stages, appended) => {
    expect(stopOf({ stages }).stages).toEqual([...stages, ...appended])
    expect(stopOf({ stages }).killTimeoutMs).toBe(appended.at(-1)?.atMs ?? stages.at(-1)?.atMs)
  })

  test('may fall together, and keep their order', () => {
    const stages = [{ signal: 'SIGTERM', to: 'group', atMs: 0 } as const, kill('tree', 0), kill('group', 0)]
    expect(stopOf({ stages }).stages).toEqual(stages)
  })

  test('are copied', () => {
    const stages = [term('group', 0)]
    const stop = stopOf({ stages })
    stages.push(kill('process', 1))
    expect(stop.stages).toEqual([term('group', 0), kill('group', 5_000)])
  })
})

const notStage = 'an object'
const notSignal = "the name of a signal, like 'SIGTERM'"

describe('stages that are not', () => {
  test.each<[unknown, string, string, string]>([
    [[], 'stop.stages', 'a non-empty array of stages', 'an array of 0'],
    ['SIGTERM', 'stop.stages', 'a non-empty array of stages', "'SIGTERM'"],
    [[5], 'stop.stages[0]', notStage, '5'],
    [[{ to: 'group', atMs: 0 }], 'stop.stages[0].signal', notSignal, 'undefined'],
    [[{ ...kill('group', 0), signal: 'TERM' }], 'stop.stages[0].signal', notSignal, "'TERM'"],
    [[{ signal: 'SIGTERM', atMs: 0 }], 'stop.stages[0].to', "'process', 'group' or 'tree'", 'undefined'],
    [[{ ...kill('group', 0), to: 'session' }], 'stop.stages[0].to', "'process', 'group' or 'tree'", "'session'"],
    [[{ signal: 'SIGTERM', to: 'group' }], 'stop.stages[0].atMs', 'an integer >= 0', 'undefined'],
    ...[-1, 1.5, Infinity, Number.NaN, '5'].map((atMs): [unknown, string, string, string] => [
      [term('group', 0), { ...kill('group', 0), atMs }],
      'stop.stages[1].atMs',
      'an integer >= 0',
      typeof atMs === 'string' ? `'${atMs}'` : String(atMs),
    ]),
    [[term('group', 20), kill('group', 10)], 'stop.stages[1].atMs', '>= `atMs` of the stage before (20)', '10'],
  ])('%j: refused with what was expected', (stages, path, expected, got) => {
    expect(issueOf({ stages })).toEqual({ path, expected, got })
  })

  test.each([
    ['signal', { signal: 'SIGINT' }, "'SIGINT'"],
    ['killTimeoutMs', { killTimeoutMs: 5 }, '5'],
    ['killTimeoutMs', { killTimeoutMs: Infinity }, 'Infinity'],
  ])('beside `%s`: either, not both', (key, more, got) => {
    expect(issueOf({ stages: viam, ...more })).toEqual({
      path: `stop.${key}`,
      expected: 'absent beside `stages`',
      got,
    })
  })

  test('a misspelt name is told the right one', () => {
    expect(issueOf({ stages: [{ ...term('group', 0), at: 5 }] })).toMatchObject({ path: 'stop.stages[0].at' })
  })
})

describe('stages as data', () => {
  const spec = normalizeChild(web({ stages: viam, splayMs: 50 }), context)

  test('are written in full, without what they imply', () => {
    expect(formatChildSpec(spec, context)).toMatchObject({ stop: { stages: viam, splayMs: 50 } })
    expect(Object.keys((formatChildSpec(spec, context) as { stop: object }).stop)).toEqual(['stages', 'splayMs'])
    expect(describeSpec(spec)).toMatchObject({ stop: { stages: viam, splayMs: 50 } })
  })

  test('come back from it, and a spec can stand where options can', () => {
    expect(parseChildSpec(formatChildSpec(spec, context), context)).toEqual(spec)
    expect(formatChildSpec(web({ stages: viam, splayMs: 50 }), context)).toEqual(formatChildSpec(spec, context))
  })

  test('are equal with what is appended spelled out, and not in another order', () => {
    const short = web({ stages: [term('group', 5)] })
    expect(equalChildSpecs(short, web({ stages: [term('group', 5), kill('group', 5_005)] }), context)).toBe(true)
    expect(equalChildSpecs(short, web({ stages: [term('group', 6)] }), context)).toBe(false)
    const [one, other] = [kill('process', 0), term('tree', 0)]
    expect(equalChildSpecs(web({ stages: [one, other] }), web({ stages: [other, one] }), context)).toBe(false)
  })

  test('stand below 64 supervisors', () => {
    let tree: object = web({ stages: viam })
    for (let depth = 0; depth < 64; depth += 1) tree = { id: 'group', kind: 'supervisor', children: [tree] }
    expect(() => normalizeChild(tree, context)).not.toThrow()
  })
})
