import { inspect } from 'node:util'

/** The words of whatever was thrown; never throws itself, however hostile that is. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error && typeof error.message === 'string') return error.message || error.name
    return inspect(error, { depth: 0, breakLength: Infinity })
  } catch {
    return 'something that cannot be put into words'
  }
}
