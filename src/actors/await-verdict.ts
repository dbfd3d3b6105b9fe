import type { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildView } from '../machines/view.ts'
import type { Judge } from './outcome-watch.ts'
import type { Place } from './place.ts'
import type { Waiters } from './waiters.ts'

type Awaited = Place<{ readonly waiters: Waiters }>

/** Waits for an event of a child, wherever it moves; or for the end of its tree. */
export function untilEvent(place: Awaited, since: number, onEvent: (event: RecordedEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const hear = (event: RecordedEvent): boolean => {
      const done = onEvent(event)
      if (done) resolve()
      return done
    }
    place.home.waiters.wait(place.stream, since, hear, resolve)
  })
}

/** What a promise settles with, asked when it does. */
export interface Settling {
  readonly kept: () => ChildView
  readonly broken: (event: RecordedEvent) => BroodError
  /** The tree has ended, and nothing will ever come. */
  readonly over: () => BroodError
}

/** Waits for a verdict on the events to come; `attach` may end the waiting, and gives back how to detach. */
export function awaitVerdict(
  place: Awaited,
  since: number,
  judge: Judge,
  { kept, broken, over }: Settling,
  attach: (stop: (error: BroodError) => void) => () => void,
): Promise<ChildView> {
  return new Promise((resolve, reject) => {
    const hear = (event: RecordedEvent): boolean => {
      const verdict = judge(event)
      if (verdict === undefined) return false
      detach()
      if (verdict === 'kept') resolve(kept())
      else reject(broken(event))
      return true
    }
    const leave = place.home.waiters.wait(place.stream, since, hear, () => {
      detach()
      reject(over())
    })
    const detach = attach((error) => {
      leave()
      detach()
      reject(error)
    })
  })
}
