import { foldLog } from '../record/replay.ts'
import { durationWords } from '../record/duration-words.ts'
import { exitWords } from '../record/exit-words.ts'
import { items } from '../machines/vector.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { ChildView } from '../machines/view.ts'
import { exitCodes } from './exit-codes.ts'
import type { OpenJournal } from './open-journal.ts'
import { painter, type Format, type Paint } from './paint.ts'
import { readAll } from './read-all.ts'
import { showText } from './show-text.ts'
import type { Terminal } from './terminal.ts'

export interface StateOptions {
  /** The last `seq` to take in. Default: all. */
  readonly at?: number
  readonly json?: boolean
}

/** `brood state`: the tree as it was after an event, or as it is at the end of the journal. */
export async function showState(
  open: OpenJournal,
  terminal: Terminal,
  file: string,
  { at = Infinity, json = false }: StateOptions = {},
): Promise<number> {
  const events = await readAll(open(file))
  const tree = foldLog(events, at)
  const last = events.findLast(({ seq }) => seq <= at)
  if (json) {
    await terminal.out(`${JSON.stringify(viewBelow(tree, ROOT))}\n`)
    return exitCodes.fine
  }
  const paint = painter(terminal.isColoured)
  const root = tree.supervisor(ROOT)
  const rows = [
    head,
    [root?.id ?? 'root', root?.phase ?? 'initial', root?.outcome ?? '', '', '', '', '', ''],
    ...rowsBelow(tree, ROOT, 1, last?.at ?? 0),
  ]
  const when =
    last === undefined ? 'The journal is empty.' : `After event ${last.seq}, ${new Date(last.at).toISOString()}`
  await terminal.out(`${paint('dim', when)}\n${table(rows, paint)}\n`)
  return exitCodes.fine
}

const head = ['child', 'state', 'outcome', 'life', 'restarts', 'pid', 'for', 'last exit']

/** The views of a supervisor's children, with what is below those that are supervisors themselves. */
function viewBelow(tree: Tree, stream: string): object {
  const supervisor = tree.supervisor(stream)
  if (supervisor === undefined) return {}
  const { id, phase, outcome, strategy, since, roster } = supervisor
  const children: object[] = []
  for (const view of items(roster)) {
    children.push(view.kind === 'supervisor' ? { ...view, supervisor: viewBelow(tree, view.stream) } : view)
  }
  return { id, state: phase, ...(outcome === null ? {} : { outcome }), strategy, since, children }
}

function* rowsBelow(tree: Tree, stream: string, depth: number, now: number): Generator<readonly string[]> {
  const supervisor = tree.supervisor(stream)
  if (supervisor === undefined) return
  for (const view of items(supervisor.roster)) {
    yield rowOf(view, depth, now)
    if (view.kind === 'supervisor') yield* rowsBelow(tree, view.stream, depth + 1, now)
  }
}

function rowOf(view: ChildView, depth: number, now: number): readonly string[] {
  const { id, state, substate, outcome, incarnation, restarts, pid, since, lastExit } = view
  return [
    `${'  '.repeat(depth)}${showText(id)}`,
    substate === undefined ? state : `${state} (${substate})`,
    outcome ?? '',
    incarnation === 0 ? '' : `#${incarnation}`,
    restarts === 0 ? '' : String(restarts),
    pid === undefined ? '' : String(pid),
    durationWords(Math.max(now - since, 0)),
    lastExit === undefined ? '' : exitWords(lastExit),
  ]
}

const colours: Readonly<Record<string, Format>> = {
  running: 'green',
  starting: 'cyan',
  stopping: 'yellow',
  settling: 'yellow',
  backingOff: 'yellow',
  failed: 'red',
  startFailed: 'red',
  unkillable: 'red',
}

/** Cells below each other; a cell is coloured after it was padded, since colours have no width. */
function table(rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row, index) => {
      const cells = row.map((cell, column) => {
        const padded = cell.padEnd(widths[column] ?? 0)
        const format = index === 0 ? 'dim' : colours[cell.split(' ')[0] ?? '']
        return format === undefined || (column !== 1 && column !== 2 && index > 0) ? padded : paint(format, padded)
      })
      return cells.join('  ').trimEnd()
    })
    .join('\n')
}
