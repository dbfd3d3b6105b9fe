import type { ChildView } from '../machines/view.ts'
import type { Lives } from './lives.ts'

/** Adds to the view of a child what only a live tree knows; of one view and tail it makes one object. */
export function liveView(tailOf: Lives['tail']): (view: ChildView) => ChildView {
  const presented = new WeakMap<ChildView, ChildView>()
  return (view) => {
    const stderrTail = tailOf(view.stream)
    if (stderrTail === undefined) return view
    const known = presented.get(view)
    if (known?.stderrTail === stderrTail) return known
    const shown = Object.freeze({ ...view, stderrTail })
    presented.set(view, shown)
    return shown
  }
}
