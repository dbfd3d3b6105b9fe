import type { ChildView } from '../machines/view.ts'

/** Adds to a view what only a live tree knows; the same view is always shown as the same one. */
export function viewPresenter(tailOf: (stream: string) => string | undefined): (view: ChildView) => ChildView {
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
