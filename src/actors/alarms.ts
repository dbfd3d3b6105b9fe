import type { ChildInput } from '../machines/input.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import type { LifeHome, Lives } from './lives.ts'
import type { Place } from './place.ts'
import type { Stages } from './stages.ts'
import type { TimerName, Timers } from './timers.ts'

export interface AlarmsParts {
  readonly timers: Timers
  readonly lives: Lives
  readonly stages: Pick<Stages, 'finish'>
  readonly specOf: (stream: string) => ChildSpec | undefined
  readonly placeOf: (stream: string) => Place<LifeHome> | undefined
  readonly observe: (stream: string, incarnation: number, input: ChildInput) => void
}

/** The timers of children, and what their ends mean: told by their names, so that they can be armed again elsewhere. */
export interface Alarms {
  readonly arm: (stream: string, incarnation: number, name: TimerName, delayMs: number | null) => void
  /** Gives a proof time: then whoever is left is named. */
  readonly armVerify: (stream: string, incarnation: number) => void
}

export function createAlarms({ timers, lives, stages, specOf, placeOf, observe }: AlarmsParts): Alarms {
  const elapsed = (stream: string, incarnation: number, name: TimerName): void => {
    switch (name) {
      case 'ready':
        return observe(stream, incarnation, { kind: 'readyTimeout' })
      case 'run':
        return observe(stream, incarnation, { kind: 'runTimeout' })
      case 'splay':
        return observe(stream, incarnation, { kind: 'splayElapsed' })
      case 'killTimeout':
        stages.finish(stream)
        return observe(stream, incarnation, { kind: 'killTimeoutElapsed' })
      case 'stage':
        return
      case 'backoff':
        return observe(stream, incarnation, { kind: 'backoffElapsed' })
      case 'verify': {
        const place = placeOf(stream)
        return lives.survivors(stream, (survivors, unnamed) =>
          place?.home.observe(place.stream, incarnation, {
            kind: 'unproven',
            survivors,
            ...(unnamed ? { unnamed } : {}),
          }),
        )
      }
    }
  }

  const arm = (stream: string, incarnation: number, name: TimerName, delayMs: number | null): void =>
    timers.arm(stream, name, delayMs, () => elapsed(stream, incarnation, name))

  const armVerify = (stream: string, incarnation: number): void => {
    const spec = specOf(stream)
    if (spec !== undefined) arm(stream, incarnation, 'verify', spec.stop.verifyMs)
  }

  return { arm, armVerify }
}
