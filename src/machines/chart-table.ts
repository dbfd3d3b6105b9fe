import { transition, type AnyStateMachine, type AnyStateNode, type StateValue } from 'xstate'

/**
 * A guard-free chart is a table: where an event leads depends on the state alone. Each cell is asked of the chart once
 * and remembered, which makes folding a long log far cheaper than a transition of the machine per event.
 */
export interface ChartTable<S extends string> {
  /** The state after `event`; undefined where the chart has no such cell. */
  next(state: S, event: string): S | undefined
  /** The chart's own value for a state, as an XState snapshot holds it. */
  value(state: S): StateValue
}

/** The innermost states of a chart by their names, which are unique in ours. */
function leaves(node: AnyStateNode, found: Map<string, StateValue>, wrap: (inner: StateValue) => StateValue): void {
  for (const state of Object.values(node.states)) {
    if (Object.keys(state.states).length === 0) found.set(state.key, wrap(state.key))
    else leaves(state, found, (inner) => wrap({ [state.key]: inner }))
  }
}

function innermost(value: StateValue): string {
  if (typeof value === 'string') return value
  const inner = Object.values(value)[0]
  return inner === undefined ? '' : innermost(inner)
}

export function chartTable<S extends string>(chart: AnyStateMachine): ChartTable<S> {
  const values = new Map<string, StateValue>()
  leaves(chart.root, values, (inner) => inner)
  const cells = new Map<string, Map<string, S | undefined>>()
  for (const name of values.keys()) cells.set(name, new Map())

  const ask = (state: S, type: string): S | undefined => {
    const from = chart.resolveState({ value: values.get(state) ?? state, context: {} })
    if (!from.can({ type })) return undefined
    const [to] = transition(chart, from, { type })
    return innermost(to.value) as S
  }

  return {
    next(state, event) {
      const row = cells.get(state)
      if (row === undefined) return undefined
      if (!row.has(event)) row.set(event, ask(state, event))
      return row.get(event)
    },
    value: (state) => values.get(state) ?? state,
  }
}
