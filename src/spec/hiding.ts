import { redactor } from './redact.ts'
import { isCopiedRecord } from './copied-record.ts'

/** Takes out of a message whatever the input itself, sound or not, calls a secret. Looks for them when first needed. */
export function hiding(raw: unknown): (text: string) => string {
  let redact: ((text: string) => string) | undefined
  return (text) => {
    redact ??= redactor(secretsIn(raw))
    return redact(text)
  }
}

function secretsIn(raw: unknown): readonly string[] {
  if (!isCopiedRecord(raw)) return []
  const { secrets, children } = raw
  // A list was expected, but a lone string was surely meant as a secret too.
  const own = [secrets].flat().filter((secret) => typeof secret === 'string')
  const below = Array.isArray(children) ? children.flatMap((child) => secretsIn(child)) : []
  return [...own, ...below]
}
