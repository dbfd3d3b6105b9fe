import { inspect } from 'node:util'

/**
 * The words of whatever was thrown, for an event or a message. Anything can be thrown: an error without words is called by
 * its name, what is no error is shown, and what cannot even be looked at (a getter or `toString` that throws, a revoked
 * proxy) is called what it is. Never throws.
 */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      const { message, name }: { readonly message: unknown; readonly name: unknown } = thrown
      if (typeof message === 'string' && message !== '') return message
      if (message === '' && typeof name === 'string' && name !== '') return name
    }
  } catch {
    // A proxy's trap, or a getter of an error: it is shown as any other value, as far as it can be.
  }
  try {
    return inspect(thrown, { depth: 0, breakLength: Infinity })
  } catch {
    return 'a value that cannot be shown'
  }
}
