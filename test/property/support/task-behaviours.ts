import * as fc from 'fast-check'
import { defined, rarely } from './arbitrary-parts.ts'
import type { TaskBehaviour, TaskEnding } from './scenario.ts'

const ending: fc.Arbitrary<TaskEnding> = fc.record({
  afterMs: fc.constantFrom(0, 0, 10, 50, 100, 3_000),
  fails: rarely(fc.constant(true), false, 3),
})

const behaviour: fc.Arbitrary<TaskBehaviour> = fc
  .record({
    readyAfterMs: rarely<number | undefined>(fc.constantFrom(undefined, 1, 50), 0, 3),
    ends: rarely<TaskEnding | undefined>(ending, undefined, 2),
    // Who never minds a stop is aborted; few mind neither.
    onStop: rarely<TaskEnding | undefined>(fc.oneof(fc.constant(undefined), ending), { afterMs: 0, fails: false }, 2),
    onAbort: rarely<TaskEnding | undefined>(fc.oneof(fc.constant(undefined), ending), { afterMs: 0, fails: false }, 6),
  })
  .map((drawn) => defined(drawn) as TaskBehaviour)

/** What a task does in its first life, its second … and every later one. */
export const taskLives: fc.Arbitrary<readonly TaskBehaviour[]> = fc.array(behaviour, { minLength: 1, maxLength: 3 })
