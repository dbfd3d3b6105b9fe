import { createWebSocketInspector } from '@statelyai/inspect'
import type { InspectionEvent } from 'xstate'

/** The inspecting side, in the program that has the actors. */
export interface InspectorConnection {
  /** For `createSupervisor({ inspect })`, or any root actor. */
  readonly inspect: (event: InspectionEvent) => void
  /** Only once it was connected, or it would try again every five seconds and keep the program alive. */
  stop(): void
}

/** Sends what actors do to a relay: who there is, with which chart; which events come; which state that leads to. */
export function connectInspector(url: string): InspectorConnection {
  const inspector = createWebSocketInspector({
    url,
    // Until the connection stands, events wait, and the oldest go first: those that say who there is.
    maxDeferredEvents: 10_000,
  })
  return {
    // The converter throws these two away, but only after it has armed a timer for each; its own `filter` runs later yet.
    inspect: (event) => {
      if (event.type !== '@xstate.microstep' && event.type !== '@xstate.action') inspector.inspect.next?.(event)
    },
    stop: () => inspector.stop(),
  }
}
