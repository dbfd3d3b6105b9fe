import type { LifeObservation, ProcessHost } from '../src/ports.ts'
import { nodeHost } from './built.ts'

/**
 * The real host, listened to: `gone` and `swept` are no events of their own, and are what a stop waits for. `heard` is
 * called once the supervisor has dealt with the observation.
 */
export function watchedHost(heard: (kind: LifeObservation['kind']) => void): ProcessHost {
  const host = nodeHost()
  return {
    ...host,
    open(tree) {
      const session = host.open(tree)
      return {
        close: () => session.close(),
        adopt: (request, observe) => session.adopt(request, observe),
        spawn: (request, observe) =>
          session.spawn(request, (observation) => {
            observe(observation)
            heard(observation.kind)
          }),
      }
    },
  }
}
