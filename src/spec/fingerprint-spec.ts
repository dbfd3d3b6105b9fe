import { createHmac } from 'node:crypto'
import type { ChildSpec } from './child-spec.ts'
import { specWords } from './spec-words.ts'
import { wordsToJson } from './words-to-json.ts'

/**
 * `salt:digest` of everything a spec says, the values of its environment and its secrets included, so that a log can
 * tell whether a spec that is given later is the same without holding what it must not. Of functions only that they are
 * there; of a nested supervisor's children nothing: each has its own. The salt keeps equal specs of two logs apart.
 */
export function fingerprintSpec(spec: ChildSpec, salt: string): string {
  const words = { ...specWords(spec), ...(spec.kind === 'process' ? { env: sorted(spec.env) } : {}) }
  const text = JSON.stringify(wordsToJson(words, { infinity: null, other: () => true, text: (value) => value }))
  return `${salt}:${createHmac('sha256', salt).update(text).digest('hex').slice(0, 32)}`
}

/** Whether a recorded fingerprint is that of `spec`. */
export function hasFingerprint(spec: ChildSpec, recorded: string): boolean {
  return fingerprintSpec(spec, recorded.slice(0, recorded.indexOf(':'))) === recorded
}

function sorted(env: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
