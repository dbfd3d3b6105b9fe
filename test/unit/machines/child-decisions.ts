import { deaf, nothing, refused, type DecisionRow } from './decision-row.ts'
import { restingRows } from './resting-rows.ts'
import { settlingRows } from './settling-rows.ts'
import { startingRows } from './starting-rows.ts'
import { inputs, type InputName } from './staging.ts'
import { stoppingRows } from './stopping-rows.ts'

/**
 * Every state × every input, as lifecycle.md says it. The child splays (so that no rung is passed in the batch that asks
 * for it), is told when it is ready, and backs off before a restart (so that `restart.scheduled` rests there).
 */
export const decisionRows: readonly DecisionRow[] = [...startingRows, ...stoppingRows, ...settlingRows, ...restingRows]

/** In `removed` there is no child any more: the verbs answer for what it was. */
export const removedCells: DecisionRow['cells'] = {
  ...deaf,
  start: refused,
  stop: nothing,
  stopNow: nothing,
  restart: refused,
  restartNow: refused,
}

export const inputNames = Object.keys(inputs) as readonly InputName[]
