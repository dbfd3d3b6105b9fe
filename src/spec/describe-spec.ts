import type { Json } from '../events/event.ts'
import type { ChildSpec } from './child-spec.ts'
import { redactor } from './redact.ts'
import { specWords } from './spec-words.ts'
import { wordsToJson } from './words-to-json.ts'

/**
 * A spec as a log may hold it: the user's own words for it, without what equals a default (`lifetime`, whose default is
 * the platform's, is always there). Of the environment the names alone, sorted; of secrets nothing, and `[redacted]` in
 * the place of each in any text; an expression as `{ regex, flags }`; `Infinity` as null, as everywhere in a log; that
 * there is an `onUnexpectedExit`, a `run`, a logger or a `logWriter` as `true`. A nested supervisor's children are not
 * included: each is described when it is added. Not meant to be read back: see `formatChildSpec`.
 */
export function describeSpec(spec: ChildSpec): Json {
  const spelling = { infinity: null, other: () => true }
  if (spec.kind !== 'process') return wordsToJson(specWords(spec), { ...spelling, text: (text) => text })
  const names = Object.keys(spec.env).toSorted()
  const words = { ...specWords(spec), env: names.length === 0 ? undefined : names, secrets: undefined }
  return wordsToJson(words, { ...spelling, text: redactor(spec.secrets) })
}
