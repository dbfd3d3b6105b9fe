import * as fc from 'fast-check'
import type { StopStage } from '../../../src/events/event.ts'

/** Stages whose times are those of everything else that happens here, and fall together. */
export const stages: fc.Arbitrary<readonly StopStage[]> = fc
  .array(
    fc.record({
      signal: fc.constantFrom<NodeJS.Signals>('SIGTERM', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'),
      to: fc.constantFrom<StopStage['to']>('process', 'group', 'tree'),
      atMs: fc.constantFrom(0, 0, 10, 50, 50, 100, 1_000, 5_000),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((drawn) => drawn.toSorted((a, b) => a.atMs - b.atMs))
