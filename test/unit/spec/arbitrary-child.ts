import { constants } from 'node:os'
import * as fc from 'fast-check'
import type { ChildOptions, ProcessOptions, SupervisorChildOptions } from '../../../src/spec/child-options.ts'

/** Every unit there is, lone surrogates too, and names that mean something to objects. */
const odd = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string({ unit: fc.nat({ max: 0xff_ff }).map((unit) => String.fromCharCode(unit)) }) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '"', '\\', '\n', 'Infinity', ' x ') },
)
const text = odd.map((value) => value.replaceAll('\0', ''))
const filled = text.map((value) => (value.trim() === '' ? `x${value}` : value))
const id = odd
  .map((value) => value.toWellFormed().slice(0, 20).toWellFormed())
  .map((value) => (value === '' ? 'x' : value))
/**
 * Node 24's `JSON.parse` takes a name of one escaped character for a backslash where it expects one: after
 * `JSON.parse('{"a":"","\\\\":""}')`, `{"a":"","\\"":""}` may come back with the former's names. So no name begins with one.
 */
const isSafeName = (name: string): boolean => !name.startsWith('\\')
const variable = filled
  .map((name) => name.replaceAll('=', '-'))
  .filter((name) => name !== 'BROOD_COOKIE' && isSafeName(name))

const ms = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const msOrNever = fc.oneof(ms, fc.constant(Infinity))
const signals = Object.keys(constants.signals) as NodeJS.Signals[]
const signal = fc.constantFrom(...signals)
const marks = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), signal), { maxLength: 3 })
const file = fc.record({ file: filled })
const limit = fc.record({ restarts: msOrNever, withinMs: msOrNever })
const optional = { requiredKeys: [] } satisfies { requiredKeys: [] }
const oneOf = fc.constantFrom

const expression = fc
  .tuple(
    oneOf('up', '(?:)', '^a/b\\/[/]$', '\\n', '\n', 'é', '\\p{L}+', '(?<n>x)\\k<n>', '', '__proto__'),
    fc.subarray(['d', 'g', 'i', 'm', 's', 'u', 'y']),
  )
  .map(([source, flags]) => new RegExp(source, flags.join('')))

const restart = fc.oneof(
  oneOf('permanent' as const, 'transient' as const, 'temporary' as const),
  fc.record(
    {
      type: oneOf('permanent' as const, 'transient' as const, 'temporary' as const),
      backoff: fc.record(
        {
          minMs: fc.nat({ max: 1_000 }),
          maxMs: fc.integer({ min: 1_000, max: 1_000_000 }),
          factor: fc.double({ min: 1, max: 1e300, noNaN: true }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        },
        optional,
      ),
      limit,
      resetAfterMs: msOrNever,
      success: marks,
      prevent: marks,
      force: marks,
    },
    { requiredKeys: ['type'] },
  ),
)

const pace = { splayMs: ms, verifyMs: ms }
const stages = fc
  .array(fc.record({ signal, to: oneOf('process' as const, 'group' as const, 'tree' as const), atMs: ms }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((drawn) => drawn.toSorted((a, b) => a.atMs - b.atMs))

/** Either way to tell a stop. */
export const stopOptions = fc.oneof(
  fc.record({ signal, killTimeoutMs: msOrNever, ...pace }, optional),
  fc.record({ stages, ...pace }, { requiredKeys: ['stages'] }),
)

const condition = oneOf('started' as const, 'ready' as const, 'completed' as const)
const output = fc.oneof(oneOf('lines' as const, 'raw' as const, 'ignore' as const, 'inherit' as const), file)
const after = fc.oneof(
  fc.array(id, { maxLength: 3 }),
  fc.dictionary(fc.oneof(id.filter(isSafeName), fc.nat().map(String)), condition, { maxKeys: 3 }),
)

/** What may be said of a process that has no siblings to wait for, all of it possible together. */
export const processOptions: fc.Arbitrary<ProcessOptions> = fc
  .record(
    {
      id,
      kind: fc.constant('process' as const),
      command: filled,
      args: fc.array(text, { maxLength: 3 }),
      cwd: filled,
      env: fc.dictionary(variable, text, { maxKeys: 4 }),
      envMode: oneOf('merge' as const, 'replace' as const),
      argv0: text,
      user: fc.oneof(
        filled.map((name) => name.replaceAll(/[:\n\r]/g, '-')),
        fc.record({ uid: fc.nat(), gid: fc.nat() }, { requiredKeys: ['uid'] }),
      ),
      shell: fc.boolean(),
      oneShot: fc.boolean(),
      runTimeoutMs: msOrNever,
      restart,
      ready: fc.oneof(
        oneOf('spawned' as const, 'manual' as const),
        fc.record(
          {
            line: fc.oneof(
              filled.map((line) => line.replaceAll(/[\r\n]/g, '-')),
              expression,
            ),
            source: oneOf('stdout' as const, 'stderr' as const),
          },
          { requiredKeys: ['line'] },
        ),
      ),
      readyTimeoutMs: msOrNever,
      after,
      stop: stopOptions,
      reloadSignal: oneOf('none' as const, ...signals.filter((name) => name !== 'SIGKILL' && name !== 'SIGSTOP')),
      stdio: fc.oneof(
        oneOf('lines' as const, 'raw' as const, 'ignore' as const, 'inherit' as const),
        fc.record(
          {
            stdin: fc.oneof(oneOf('raw' as const, 'ignore' as const, 'inherit' as const), file),
            stdout: output,
            stderr: output,
          },
          optional,
        ),
      ),
      containment: fc.constant('group' as const),
      lifetime: oneOf('tethered' as const, 'attached' as const, 'survivor' as const),
      significant: fc.boolean(),
      secrets: fc.array(filled, { maxLength: 2 }),
    },
    { requiredKeys: ['id', 'command'] },
  )
  .map((options) => fitting(options))

/** What a survivor's streams may be. */
function isBoundToNobody(stdio: ProcessOptions['stdio']): boolean {
  if (typeof stdio !== 'object') return stdio === 'ignore'
  const { stdin = 'ignore', stdout, stderr } = stdio
  return [stdin, stdout, stderr].every((mode) => typeof mode === 'object' || mode === 'ignore')
}

/** Takes out what contradicts the rest. */
function fitting(options: ProcessOptions): ProcessOptions {
  const { args, restart: given, significant, stdio, lifetime, ...rest } = options
  const survives = lifetime === 'survivor' && isBoundToNobody(stdio) && typeof options.ready !== 'object'
  const type =
    typeof given === 'object' ? given.type : (given ?? (options.oneShot === true ? 'temporary' : 'permanent'))
  const isEnding = options.oneShot === true ? type === 'temporary' : type !== 'permanent'
  return {
    ...rest,
    ...(options.shell !== true && args !== undefined && { args }),
    ...(given !== undefined && (options.oneShot !== true || type === 'temporary') && { restart: given }),
    ...(significant !== undefined && { significant: significant && isEnding }),
    ...(lifetime !== undefined && (lifetime !== 'survivor' || survives) && { lifetime }),
    ...(stdio !== undefined && typeof options.ready !== 'object' && { stdio }),
  }
}

/** Any child, with children that wait for each other. */
export const childOptions: fc.Arbitrary<ChildOptions> = fc.letrec<{
  child: ChildOptions
  group: SupervisorChildOptions
}>((tie) => ({
  child: fc.oneof({ maxDepth: 2, depthIdentifier: 'child' }, processOptions, tie('group')),
  group: fc.record(
    {
      id,
      kind: fc.constant('supervisor' as const),
      strategy: oneOf('one-for-one' as const, 'one-for-all' as const, 'rest-for-one' as const),
      intensity: limit,
      autoShutdown: oneOf('never' as const, 'any-significant' as const, 'all-significant' as const),
      children: fc.array(tie('child'), { maxLength: 3 }).map((children) => siblings(children)),
      restart,
      after,
    },
    { requiredKeys: ['id', 'kind'] },
  ),
})).child

/** Distinct ids, and each waiting for the one before it. */
function siblings(children: readonly ChildOptions[]): readonly ChildOptions[] {
  return children.map((child, index) => ({
    ...child,
    id: `${index}${child.id}`.slice(0, 20).toWellFormed(),
    after: index === 0 ? [] : [`${index - 1}${children[index - 1]?.id}`.slice(0, 20).toWellFormed()],
  }))
}
