import type { EventType, RecordedEvent } from '../../events/event.ts'
import type { Scene } from './scene.ts'
import type { Standing } from './standing.ts'

type Look<E> = (event: E, child: Standing | undefined) => void

/**
 * Looks at events just before the scene takes them in: what the scene shows is the moment before. `child` is whom the
 * event is about; undefined for what a supervisor says of itself, and for a stranger.
 */
export type Watch = {
  /** Facts of the current life, by type. */
  readonly [T in EventType]?: Look<RecordedEvent<T>>
} & {
  /** Every event that can be judged, facts of earlier lives included. */
  readonly each?: Look<RecordedEvent>
  /** Facts of an earlier life than the current one, which are recorded past the chart. */
  readonly late?: Look<RecordedEvent>
  /** Every event, also where nothing is known of what came before. */
  readonly always?: (event: RecordedEvent) => void
  /** The log is over. It may have been cut anywhere. */
  readonly end?: () => void
}

export type Accuse = (event: RecordedEvent, message: string) => void

/** One invariant: begins to watch a log, and accuses the events that break it. */
export interface Law {
  readonly invariant: string
  readonly watch: (scene: Scene, accuse: Accuse) => Watch
}
