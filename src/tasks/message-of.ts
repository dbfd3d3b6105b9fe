import { inspect } from 'node:util'

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : inspect(error, { depth: 0, breakLength: Infinity })
}
