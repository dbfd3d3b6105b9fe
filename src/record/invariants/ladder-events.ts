import type { RecordedEvent } from '../../events/event.ts'
import type { Standing } from './standing.ts'

/** What asks for a ladder, or hurries one. */
export type LadderEvent = RecordedEvent<'stop.requested' | 'restart.requested' | 'ready.timedOut' | 'run.timedOut'>

/** Of these only a command can say `now`. */
export const isNow = ({ data }: LadderEvent): boolean => 'now' in data && data.now

/** Looks at each of them. */
export const onLadder = (look: (event: LadderEvent, child: Standing | undefined) => void) =>
  ({ 'stop.requested': look, 'restart.requested': look, 'ready.timedOut': look, 'run.timedOut': look }) as const
