import { invalidSpec } from './invalid-spec.ts'

/**
 * The value that a JSON text holds. What the engine says of a bad one is not repeated but for the place: it quotes the
 * text, which may hold secrets.
 *
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function readJsonText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    const expected = 'well-formed JSON'
    const got = fault(text, error instanceof Error ? error.message : '')
    throw invalidSpec([
      { issue: { path: '', expected, got }, words: `Expected the child to be ${expected}, got ${got}` },
    ])
  }
}

function fault(text: string, message: string): string {
  if (text.trim() === '') return 'a blank text'
  if (message.includes('end of JSON input')) return 'a text that ends too early'
  const [, position] = / at position (\d+)/.exec(message) ?? []
  if (position === undefined) return 'a text with a syntax error'
  const before = text.slice(0, Number(position)).split('\n')
  return `a syntax error in line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}
