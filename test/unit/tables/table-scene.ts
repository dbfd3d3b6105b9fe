import {
  superviseTable,
  type SupervisedTable,
  type SupervisorOptions,
  type Table,
  type TableOptions,
  type TableRow,
} from '../../../src/index.ts'
import type { Program, WorldOptions } from '../../../src/testing/index.ts'
import { createScene, watch, type Scene } from '../actors/scene.ts'

type Row = readonly [string, TableRow]

/** A table that a test can change, and break. */
export interface StagedTable extends Table {
  readonly rows: Map<string, TableRow>
  /** What takes the place of the next calls of `entries`, until it is put back. */
  entriesInstead: (() => unknown) | undefined
  getInstead: ((key: string) => unknown) | undefined
  /** How often it was read from the beginning. */
  readonly readings: number
}

export function createTable(rows: Readonly<Record<string, TableRow>> = {}): StagedTable {
  const kept = new Map<string, TableRow>(Object.entries(rows))
  let readings = 0
  const table: StagedTable = {
    rows: kept,
    entriesInstead: undefined,
    getInstead: undefined,
    get readings() {
      return readings
    },
    get(key) {
      return (table.getInstead === undefined ? kept.get(key) : table.getInstead(key)) as TableRow | undefined
    },
    entries() {
      readings += 1
      const given = table.entriesInstead === undefined ? each(kept) : table.entriesInstead()
      return given as AsyncIterable<Row>
    },
  }
  return table
}

export async function* each(rows: Iterable<Row>): AsyncGenerator<Row> {
  for (const row of rows) yield row
}

export interface TableScene extends Scene {
  readonly table: StagedTable
  readonly handle: SupervisedTable
  /** Begins a run whose callback waits for `finish`, or for its signal. */
  run(options?: { readonly signal?: AbortSignal }): ReturnType<typeof watch<unknown>>
  finish(value?: unknown): void
  fail(error: unknown): void
  readonly calls: number
  /** The signal that the last callback was given. */
  readonly signal: AbortSignal
  /** `callback problem: message` of everything that was told of the table. */
  troubles(): string[]
}

/** A running supervisor with a table that is not run yet. */
export async function tableScene(
  rows: Readonly<Record<string, TableRow>> = {},
  {
    programs = {},
    supervisor = {},
    options = {},
    world = {},
  }: {
    readonly programs?: Readonly<Record<string, Program>>
    readonly supervisor?: SupervisorOptions
    readonly options?: TableOptions
    readonly world?: WorldOptions
  } = {},
): Promise<TableScene> {
  const scene = createScene(supervisor, programs, world)
  await scene.start()
  const table = createTable(rows)
  const handle = superviseTable(scene.supervisor, table, options)
  let over = Promise.withResolvers<unknown>()
  let calls = 0
  let signal: AbortSignal | undefined
  return {
    ...scene,
    table,
    handle,
    run(runOptions: { readonly signal?: AbortSignal } = {}) {
      over = Promise.withResolvers()
      return watch(
        handle.run((scope) => {
          calls += 1
          signal = scope.signal
          return over.promise
        }, runOptions),
      )
    },
    finish: (value?: unknown) => over.resolve(value),
    fail: (error: unknown) => over.reject(error),
    get calls() {
      return calls
    },
    get signal() {
      return signal ?? new AbortController().signal
    },
    troubles: () =>
      scene.events.flatMap(({ type, data }) => {
        if (type !== 'callback.failed') return []
        const { callback, problem, message } = data as { callback: string; problem: string; message: string }
        return [`${callback} ${problem}: ${message}`]
      }),
  }
}
