import { chartLaws } from './chart.ts'
import { checkpointLaws } from './checkpoints.ts'
import { commandLaws } from './commands.ts'
import { ladderLaws } from './ladders.ts'
import type { Law } from './law.ts'
import { lifeLaws } from './lives.ts'
import { numberLaws } from './numbers.ts'
import { orderLaws } from './order.ts'
import { restartLaws } from './restarts.ts'
import { signalLaws } from './signals.ts'
import { stageLaws } from './stages.ts'
import { supervisorLaws } from './supervisors.ts'

/** All invariants, a family at a time. */
export const laws: readonly Law[] = [
  ...numberLaws,
  ...checkpointLaws,
  ...chartLaws,
  ...lifeLaws,
  ...signalLaws,
  ...ladderLaws,
  ...stageLaws,
  ...commandLaws,
  ...restartLaws,
  ...orderLaws,
  ...supervisorLaws,
]
