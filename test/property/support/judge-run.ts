import { isDeepStrictEqual } from 'node:util'
import { replay, type ChildView, type RecordedEvent, type SupervisorView } from '../../../src/index.ts'
import { foldTree } from '../../../src/machines/fold-tree.ts'
import { supervisorViews } from '../../../src/machines/supervisor-state.ts'
import { createTree, ROOT } from '../../../src/machines/tree.ts'
import { monitor } from './monitor.ts'
import type { Log, Mark, Run } from './run-scenario.ts'

/** Everything that is wrong with a run. Empty: nothing. */
export function judgeRun(run: Run): string[] {
  const { violations, events, retained, other, world } = run
  const found = [...violations, ...monitor(events), ...replaysGiveTheLiveView(run)]
  // What a journal retains begins with a checkpoint, and is as good.
  if (retained.length < events.length) found.push(...monitor(retained))
  const elsewhere = [...monitor(other.events), ...replaysGiveTheLiveView({ ...other, world })]
  return [...found, ...elsewhere.map((what) => `elsewhere: ${what}`)]
}

/** What a log cannot hold is left out, and the lazily laid out children are there. */
function plain({ children, ...view }: SupervisorView): unknown {
  return { ...view, children: children.map(withoutTail) }
}

function withoutTail({ stderrTail: _stderrTail, ...view }: ChildView): unknown {
  return view
}

/** A replay of every prefix that ends a turn gives what was shown live at its end; and it asks nothing of the world. */
export function replaysGiveTheLiveView({ events, retained, marks, world }: Log & Pick<Run, 'world'>): string[] {
  const before = { ...world.calls }
  const found = [...foldsGiveTheLiveView(events, marks)]
  const some = marks.filter((_mark, index) => index % 16 === 0 || index === marks.length - 1)
  for (const { seq, view } of some) {
    for (const log of [events, retained]) {
      if ((log[0]?.seq ?? 0) > seq) continue
      if (!isDeepStrictEqual(plain(replay(log, { until: seq })), plain(view)))
        found.push(`replaysGiveTheLiveView: seq ${seq}`)
    }
  }
  if (!isDeepStrictEqual(before, { ...world.calls })) found.push('replaysGiveTheLiveView: the world was asked')
  return found
}

/** `replay` at every mark without its cost: one fold, looked at on its way. */
function* foldsGiveTheLiveView(events: readonly RecordedEvent[], marks: readonly Mark[]): Generator<string> {
  const tree = createTree()
  const viewOf = supervisorViews()
  let next = 0
  const look = function* (seq: number): Generator<string> {
    for (let mark = marks[next]; mark !== undefined && mark.seq <= seq; mark = marks[next]) {
      next += 1
      const root = tree.supervisor(ROOT)
      if (root === undefined) continue
      const [folded, live] = [plain(viewOf(root)), plain(mark.view)]
      if (mark.seq !== seq) yield `replaysGiveTheLiveView: marks run backwards at seq ${mark.seq}`
      else if (!isDeepStrictEqual(folded, live)) {
        yield `replaysGiveTheLiveView: seq ${seq}: ${JSON.stringify(folded)} is not the live ${JSON.stringify(live)}`
      }
    }
  }
  yield* look(0)
  for (const event of events) {
    foldTree(tree, event)
    yield* look(event.seq)
  }
}
