/** What is known of each actor: its registration, and its latest state. */
export interface ActorMemory {
  hear(message: string): void
  /** Everything a newcomer has to be told, parents first. */
  told(): readonly string[]
}

/** Remembers two messages per actor of a stream of @statelyai/inspect, however long it gets. */
export function rememberActors(): ActorMemory {
  const registrations = new Map<unknown, string>()
  const states = new Map<unknown, string>()
  return {
    hear(message) {
      const { type, sessionId } = parsed(message)
      if (type === '@xstate.actor') registrations.set(sessionId, message)
      if (type === '@xstate.snapshot') states.set(sessionId, message)
    },
    told: () => [...registrations.values(), ...states.values()],
  }
}

function parsed(message: string): { readonly type?: unknown; readonly sessionId?: unknown } {
  try {
    return Object(JSON.parse(message))
  } catch {
    return {}
  }
}
