import * as fc from 'fast-check'
import type { Behaviour } from '../../../src/testing/index.ts'
import { defined, rarely } from './arbitrary-parts.ts'

const reaction = fc.constantFrom<NonNullable<Behaviour['onSignal']>['SIGTERM']>(
  'ignore',
  'exit',
  { afterMs: 10, code: 0 },
  { afterMs: 100, code: 0 },
  { afterMs: 3_000, code: 3 },
)

const onSignal = fc.oneof(
  fc.constant(undefined),
  reaction.map((SIGTERM) => ({ SIGTERM })),
  reaction.map((SIGINT) => ({ SIGINT, SIGTERM: SIGINT })),
)

const fork: fc.Arbitrary<Behaviour> = fc.constantFrom<Behaviour>(
  {},
  { onSignal: { SIGTERM: 'ignore' } },
  { leavesGroup: true },
  { leavesGroup: true, holdsPipe: true, onSignal: { SIGTERM: 'ignore' } },
  { holdsPipe: true, exitsAfterMs: 100 },
  { onSignal: { SIGTERM: { afterMs: 50 } } },
  { onSignal: { SIGTERM: { afterMs: 3_000 } }, holdsPipe: true },
  { exitsAfterMs: 50 },
  { exitsAfterMs: 0 },
)

/** What nobody can kill makes most of a tree's end the same, so there is little of it. */
const stuckFork = fc.constantFrom<Behaviour>(
  { unkillable: true },
  { unkillable: true, leavesGroup: true },
  { unkillable: true, leavesGroup: true, exitsAfterMs: 500 },
)

const ending = fc.constantFrom<Partial<Behaviour>>(
  {},
  {},
  {},
  { exitsAfterMs: 0, code: 0 },
  { exitsAfterMs: 0, code: 1 },
  { exitsAfterMs: 10, code: 0 },
  { exitsAfterMs: 10, code: 1 },
  { exitsAfterMs: 50, code: 3 },
  { exitsAfterMs: 100, signal: 'SIGSEGV' },
  { exitsAfterMs: 500, code: 0 },
  { exitsAfterMs: 500, code: 1 },
)

const behaviourWith = (own: fc.Arbitrary<Partial<Behaviour>>): fc.Arbitrary<Behaviour> =>
  fc
    .record({
      ending: own,
      onSignal,
      forks: rarely(
        fc.array(
          rarely(stuckFork, undefined, 40).chain((stuck) => (stuck === undefined ? fork : fc.constant(stuck))),
          { minLength: 1, maxLength: 2 },
        ),
        undefined,
        3,
      ),
      unkillable: rarely(fc.constant(true), undefined, 60),
      spawnMs: rarely(fc.constantFrom(1, 10, 100, 7_000), undefined, 5),
      prints: rarely(
        fc.constantFrom<Behaviour['prints']>([], [{ text: 'ready', afterMs: 50 }], [{ text: 'no', source: 'stderr' }]),
        ['ready'],
        4,
      ),
    })
    .map(({ ending: ends, ...rest }) => defined({ ...ends, ...rest }) as Behaviour)

/** A tree whose first lives fail is over at once: most of them last long enough for something to be done. */
export const lives: fc.Arbitrary<readonly Behaviour[]> = fc
  .tuple(
    behaviourWith(
      fc.oneof(
        {
          weight: 5,
          arbitrary: fc.constantFrom<Partial<Behaviour>>(
            {},
            {},
            {},
            { exitsAfterMs: 50, code: 1 },
            { exitsAfterMs: 500, code: 1 },
          ),
        },
        { weight: 1, arbitrary: ending },
      ),
    ),
    fc.array(behaviourWith(ending), { maxLength: 2 }),
  )
  .map(([first, rest]) => [first].concat(rest))
