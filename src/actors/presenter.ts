import type { ChildView } from '../machines/view.ts'

/** Shows views with what only a live tree knows: the end of stderr. The same view and tail give the same object. */
export function presenter(tailOf: (stream: string) => string | undefined): (view: ChildView) => ChildView {
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
