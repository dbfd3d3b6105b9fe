import { styleText } from 'node:util'
import type { ChildView, SupervisorView } from '../../src/index.ts'

/** The states of all children, one row each under a heading; no row is longer than `columns`. */
export function table({ children }: SupervisorView, columns = Infinity): string[] {
  const heading = row(['child', 'state', 'pid', 'life', 'restarts'])
  // Cut before it is coloured: an escape sequence takes no room, and half of one is not one.
  return [
    styleText('dim', heading.slice(0, columns)),
    ...children.map((child) => styleText(colour(child), row(cells(child)).slice(0, columns))),
  ]
}

function cells(child: ChildView): readonly string[] {
  const { id, state, substate, outcome, pid, incarnation, restarts } = child
  const detail = substate ?? outcome
  const lives = state === 'running' || state === 'starting' || state === 'stopping'
  return [
    id,
    // `stopped` by itself is one that was asked to; any other outcome is named.
    detail === undefined || detail === state ? state : `${state}: ${detail}`,
    lives && pid !== undefined ? `${pid}` : '-',
    `${incarnation}`,
    `${restarts}`,
  ]
}

const widths = [10, 24, 9, 6, 8]

function row(texts: readonly string[]): string {
  return texts
    .map((text, index) => text.padEnd(widths[index] ?? 0))
    .join('')
    .trimEnd()
}

function colour({ state, outcome }: ChildView): 'green' | 'red' | 'yellow' | 'dim' {
  if (state === 'running') return 'green'
  if (state === 'stopped') return outcome === 'stopped' || outcome === 'exited' ? 'dim' : 'red'
  return 'yellow'
}
