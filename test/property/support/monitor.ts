import type { RecordedEvent } from '../../../src/events/event.ts'
import {
  exitsTellTheirCause,
  nothingSpawnsAfterAStop,
  nothingSpawnsUnderAStoppingSupervisor,
  outcomesTellTheTruth,
} from './commands.ts'
import { eventsAreAcceptable, eventsAreFrozenJson, numbersAreGapless } from './envelopes.ts'
import { killsOnlyAfterTheGrace, remnantsKeepTheGrace, splaysWithinBounds } from './ladders.ts'
import { delaysFollowTheBackoff, intensityHolds, restartsWithinLimits } from './limits.ts'
import {
  everyExitDrainsOnce,
  everyLifeEndsOnce,
  everySpawnIsAnsweredOnce,
  incarnationsCountUp,
  neverTwoLivesAtATime,
  stoppedMeansGone,
} from './lives.ts'
import { dependantsStopFirst, startsWaitForDependencies, supervisorsStopLast } from './order.ts'
import { stagesComeInOrder } from './stages.ts'

/** Everything that must hold of a log, whatever was done to the tree that wrote it. */
export const invariants: Readonly<Record<string, (events: readonly RecordedEvent[]) => string[]>> = {
  neverTwoLivesAtATime,
  incarnationsCountUp,
  everySpawnIsAnsweredOnce,
  everyLifeEndsOnce,
  everyExitDrainsOnce,
  stoppedMeansGone,
  nothingSpawnsAfterAStop,
  nothingSpawnsUnderAStoppingSupervisor,
  exitsTellTheirCause,
  outcomesTellTheTruth,
  killsOnlyAfterTheGrace,
  remnantsKeepTheGrace,
  splaysWithinBounds,
  stagesComeInOrder,
  restartsWithinLimits,
  intensityHolds,
  delaysFollowTheBackoff,
  supervisorsStopLast,
  dependantsStopFirst,
  startsWaitForDependencies,
  numbersAreGapless,
  eventsAreAcceptable,
  eventsAreFrozenJson,
}

/** Which invariants a whole log (from seq 1) breaks, and where. Empty: none. */
export function monitor(events: readonly RecordedEvent[]): string[] {
  return Object.entries(invariants).flatMap(([name, judge]) => judge(events).map((what) => `${name}: ${what}`))
}
