import * as z from 'zod'
import { isCopiedRecord } from './copied-record.ts'

/** What is wrong with one entry. With `got`, the name itself is at fault rather than its value. */
export interface EntryProblem {
  readonly expected: string
  readonly got?: string
  /** The words that would have been right. */
  readonly values?: readonly string[]
}

/**
 * An object whose property names are the user's own. Not `z.record`, which passes over `__proto__`: as a variable's or a
 * child's name it is one like any other, and must neither vanish nor go unchecked. The value is the snapshot's own copy.
 */
export function dictionary<Value>(
  expected: string,
  judge: (name: string, value: unknown) => EntryProblem | undefined,
): z.ZodType<Readonly<Record<string, Value>>> {
  return z.custom<Readonly<Record<string, Value>>>(isCopiedRecord, expected).check(({ value, issues }) => {
    for (const name of Object.keys(value)) {
      const problem = judge(name, value[name])
      if (problem === undefined) continue
      const path = problem.got === undefined ? [name] : []
      issues.push({ code: 'custom', message: problem.expected, input: value, path, params: { ...problem } })
    }
  })
}
