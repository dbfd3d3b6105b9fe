import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LifeObservation, ProcessLife } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { orderProblems } from '../../contract/life-order.ts'

const delay = fc.nat(60)
const reaction = fc.oneof(
  fc.constantFrom('ignore' as const, 'exit' as const),
  fc.record({ afterMs: delay, code: fc.nat(255) }),
)

/** Any behaviour, with forks up to two deep. */
const behaviour = (depth: number): fc.Arbitrary<Behaviour> =>
  fc.record(
    {
      exitsAfterMs: delay,
      code: fc.nat(255),
      signal: fc.constantFrom('SIGSEGV' as const, 'SIGKILL' as const),
      onSignal: fc.record({ SIGTERM: reaction, SIGHUP: reaction }, { requiredKeys: [] }),
      prints: fc.array(fc.record({ text: fc.string({ maxLength: 3 }), afterMs: delay }), { maxLength: 3 }),
      holdsPipe: fc.boolean(),
      leavesGroup: fc.boolean(),
      unkillable: fc.boolean(),
      spawnMs: delay,
      ...(depth > 0 && { forks: fc.array(behaviour(depth - 1), { maxLength: 3 }) }),
    },
    { requiredKeys: [] },
  )

const deed = fc.oneof(
  fc.record({ ms: delay }),
  fc.record({
    signal: fc.constantFrom<NodeJS.Signals | 0>('SIGTERM', 'SIGKILL', 'SIGSTOP', 'SIGCONT', 'SIGHUP', 0),
    to: fc.constantFrom('process' as const, 'group' as const, 'tree' as const),
    life: fc.nat(2),
  }),
  fc.record({ victim: fc.nat(8) }),
)

test('whatever programs do and whenever they are signalled, their lives are told in order and to the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour(2), { minLength: 1, maxLength: 3 }),
      fc.array(deed, { maxLength: 12 }),
      fc.boolean(),
      async (programs, deeds, meddles) => {
        const world = createWorld({ pids: { first: 300, last: 380 } })
        const session = world.ports.host.open({ treeId: 'tree', report: () => {} })
        const stories: LifeObservation[][] = []
        const lives: ProcessLife[] = []
        for (const [n, program] of programs.entries()) {
          world.program(String(n), program)
          const story: LifeObservation[] = []
          stories.push(story)
          const life = session.spawn(
            {
              life: { stream: `/${n}`, incarnation: 1 },
              command: String(n),
              args: [],
              env: {},
              envMode: 'merge',
              shell: false,
              stdin: 'ignore',
              stdout: 'lines',
              stderr: 'ignore',
              lifetime: 'attached',
              killTimeoutMs: 10,
              drainMs: 20,
            },
            (observation) => {
              story.push(observation)
              // An observer may act from within an observation, as a supervisor does with what its leader left behind.
              if (meddles && observation.kind === 'exited') lives[n]?.signal('SIGKILL', 'group', () => {})
            },
          )
          lives.push(life)
        }

        for (const step of deeds) {
          if ('ms' in step) await world.advance(step.ms)
          else if ('victim' in step) {
            const victim = world.processes()[step.victim]
            if (victim !== undefined) world.exit(victim.pid, { code: 9 })
          } else {
            const story = stories[step.life]
            const before = story?.length
            lives[step.life]?.signal(step.signal, step.to, () => {})
            expect(story?.length).toBe(before)
          }
        }

        await world.advance(60)
        while (world.processes().length > 0) {
          for (const { pid } of world.processes()) world.exit(pid, { signal: 'SIGKILL' })
          await world.advance(60)
        }
        expect(stories.flatMap((story) => orderProblems(story))).toEqual([])
        expect(world.problems).toEqual([])
      },
    ),
  )
})
