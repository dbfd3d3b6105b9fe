import type { Json } from '../events/event.ts'
import type { Words } from './spec-words.ts'

/** What becomes of the words that JSON does not have. `path` leads to them. */
export interface Spelling {
  readonly text: (text: string) => string
  readonly infinity: Json
  /** For a function, and for what is used as it is; `what` is what a message calls it. */
  readonly other: (path: readonly PropertyKey[], what: string) => Json
}

/** Words as JSON: an expression as `{ regex, flags }`, the rest as `spelling` has it. */
export function wordsToJson(words: Words, spelling: Spelling, path: readonly PropertyKey[] = []): Json {
  if (typeof words === 'string') return spelling.text(words)
  if (typeof words === 'number') return words === Infinity ? spelling.infinity : words
  if (typeof words === 'function') return spelling.other(path, 'a function')
  if (typeof words === 'symbol') return spelling.other(path, words.description ?? 'a symbol')
  if (typeof words !== 'object' || words === null) return words ?? null
  if (words instanceof RegExp) return { regex: words.source, flags: words.flags }
  if (isList(words)) return words.map((item, index) => wordsToJson(item, spelling, [...path, index]))
  const members = Object.entries(words).filter(([, member]) => member !== undefined)
  // Not an assignment in a loop: `__proto__` is a name like any other.
  return Object.fromEntries(members.map(([key, member]) => [key, wordsToJson(member, spelling, [...path, key])]))
}

function isList(words: object): words is readonly Words[] {
  return Array.isArray(words)
}
