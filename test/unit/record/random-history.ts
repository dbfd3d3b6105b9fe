import * as fc from 'fast-check'
import type { RecordedEvent } from '../../../src/events/event.ts'
import type { ChildPolicy } from '../../../src/machines/policy.ts'
import type { ChildOptions } from '../../../src/spec/child-options.ts'
import { inputs, stage, type InputName, type Scene } from '../machines/staging.ts'

/** A child's id counts, and what happens to it; or something that happens to the tree as a whole. */
export type Step =
  | { readonly of: 'child'; readonly which: number; readonly input: InputName }
  | { readonly of: 'add' | 'remove'; readonly which: number }
  | { readonly of: 'stopRoot'; readonly now: boolean }
  | { readonly of: 'wait'; readonly ms: number }

const which = fc.nat({ max: 20 })
// What leads onwards is drawn more often, so that lives get somewhere.
const onwards: readonly InputName[] = [
  'start',
  'spawned',
  'ready',
  'exited',
  'drained',
  'gone',
  'swept',
  'backoffElapsed',
]
const inputNames = fc.oneof(
  { arbitrary: fc.constantFrom(...onwards), weight: 3 },
  { arbitrary: fc.constantFrom(...(Object.keys(inputs) as InputName[])), weight: 1 },
)

export const histories = fc.record({
  strategy: fc.constantFrom('one-for-one', 'one-for-all', 'rest-for-one'),
  steps: fc.array(
    fc.oneof<{ arbitrary: fc.Arbitrary<Step>; weight: number }[]>(
      { arbitrary: fc.record({ of: fc.constant('child' as const), which, input: inputNames }), weight: 200 },
      { arbitrary: fc.record({ of: fc.constantFrom('add' as const, 'remove' as const), which }), weight: 20 },
      { arbitrary: fc.record({ of: fc.constant('wait' as const), ms: fc.nat({ max: 400_000 }) }), weight: 15 },
      { arbitrary: fc.record({ of: fc.constant('stopRoot' as const), now: fc.boolean() }), weight: 1 },
    ),
    { maxLength: 150, size: 'max' },
  ),
})

const children: readonly ChildOptions[] = [
  { id: 'db', command: 'db', ready: 'manual', runTimeoutMs: 1_000 },
  {
    id: 'api',
    kind: 'supervisor',
    strategy: 'one-for-all',
    intensity: { restarts: 3, withinMs: 60_000 },
    children: [
      { id: 'worker/1', command: 'worker', stop: { splayMs: 10 } },
      { id: 'worker/2', command: 'worker', restart: 'transient', significant: true },
    ],
  },
  { id: 'web', command: 'web', after: { db: 'started' } },
  { id: 'once', command: 'once', oneShot: true },
]

/** A nested supervisor has no process to observe, and a time without an end never elapses. */
function possible(policy: ChildPolicy | undefined, input: InputName): boolean {
  if (input === 'runTimeout') return policy?.runTimeoutMs !== Infinity
  const command = inputs[input].kind === 'start' || inputs[input].kind === 'stop' || inputs[input].kind === 'restart'
  return policy?.kind === 'process' || command || input === 'backoffElapsed'
}

/** Plays a history on a tree of its own, and hands out each batch as it is recorded. */
export function play(
  { strategy, steps }: { strategy: 'one-for-one' | 'one-for-all' | 'rest-for-one'; steps: readonly Step[] },
  onBatch: (events: readonly RecordedEvent[], scene: Scene) => void,
): Scene {
  const scene = stage([], { strategy, intensity: { restarts: 20, withinMs: 60_000 } })
  const { staged } = scene
  const apply = (input: Parameters<typeof staged.apply>[0]): void => onBatch(staged.apply(input).draft.events, scene)
  const setUp = stage(children, { strategy })
  for (const policy of setUp.staged.tree.policies.values()) {
    if (policy.id.startsWith('worker')) continue
    onBatch(staged.add('/', policy as never).events, scene)
  }
  apply({ of: 'start', host: { hostId: 'h', treeId: 't', bootId: 'b', pid: 1 } })
  for (const step of steps) {
    const streams = [...staged.tree.children.keys()]
    const stream = 'which' in step ? (streams[step.which % Math.max(streams.length, 1)] ?? '/db') : '/'
    switch (step.of) {
      case 'wait':
        scene.wait(step.ms)
        break
      case 'stopRoot':
        apply({ of: 'stop', stream: '/', now: step.now, cause: 'operator', outcome: 'stopped' })
        break
      case 'remove':
        apply({ of: 'remove', stream })
        break
      case 'add': {
        const policy = staged.tree.policies.get(stream)
        const free = { ...policy, id: `more-${step.which}`, after: [] }
        const taken = staged.tree.links.get('/')?.streams.has(free.id) === true
        if (policy?.kind === 'process' && !taken) onBatch(staged.add('/', free as never).events, scene)
        break
      }
      case 'child':
        if (possible(staged.tree.policies.get(stream), step.input)) {
          apply({ of: 'child', stream, input: inputs[step.input] })
        }
        break
    }
  }
  return scene
}
