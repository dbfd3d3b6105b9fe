import { ask, type Asker } from './ask.ts'
import type { Table } from './table.ts'
import { tellSilence, type Tell } from './trouble.ts'

export interface Reading extends Asker {
  readonly table: Table
  readonly tell: Tell
}

/** After so many rows a turn of the event loop is given way to: a table may be long, or never end, and answer at once. */
const ROWS_PER_TURN = 64

/**
 * Reads a table to its end, and gives each row to `onRow` as it comes. False: it was not read to its end, so what was not
 * seen may be there all the same. Nothing that an iterator does is waited for once it is over, its `return` neither.
 */
export async function readRows(reading: Reading, onRow: (row: unknown) => void): Promise<boolean> {
  const { table, clock, signal, tell } = reading
  // Perhaps a promise: an async function in its place is a likely mistake, and means the same.
  const opened = await ask(async () => iteratorOf(await (table.entries() as Rows | Promise<Rows>)), reading)
  if (opened.kind !== 'answered') {
    tellSilence(tell, 'table.entries', opened)
    return false
  }
  const iterator = opened.value
  for (let count = 1; !signal.aborted; count++) {
    const step = await ask(async () => unpack(await iterator.next()), reading)
    if (step.kind === 'answered') {
      if (step.value.done) return true
      onRow(step.value.row)
    } else {
      tellSilence(tell, 'table.entries', step)
      // One that threw is over by its own account.
      if (step.kind !== 'threw') void letGo(iterator)
      return false
    }
    if (count % ROWS_PER_TURN === 0) await new Promise<void>((resolve) => clock.nextTurn(resolve))
  }
  void letGo(iterator)
  return false
}

type Rows = ReturnType<Table['entries']>
type Steps = Iterator<unknown> | AsyncIterator<unknown>

function iteratorOf(rows: Rows): Steps {
  const iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  if (typeof iterator.next !== 'function') throw new TypeError('Expected `entries()` to give an iterator')
  return iterator
}

function unpack(step: IteratorResult<unknown>): { readonly done: boolean; readonly row: unknown } {
  if (typeof step !== 'object' || step === null) throw new TypeError('Expected `next()` to give an object')
  return step.done === true ? { done: true, row: undefined } : { done: false, row: step.value }
}

async function letGo(iterator: Steps): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // It was told that nobody reads on; what it makes of that is its own affair.
  }
}
