import { checkAbortable } from '../actors/command-options.ts'
import type { Abortable, Supervisor } from '../actors/handles.ts'
import { insideOf, type Inside } from '../actors/inside.ts'
import { BroodError } from '../errors.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import { cancellation } from '../tasks/cancellation.ts'
import { onAbort } from '../tasks/on-abort.ts'
import type { Scope } from '../tasks/runnable.ts'
import { createCrew, dismissAll, type Crew } from './crew.ts'
import { runningChild, startChild, stopChild } from './crew-verbs.ts'
import { keepReconciling, type Pace } from './keep-reconciling.ts'
import { isUp, type Member } from './member.ts'
import { tableError } from './table-error.ts'
import type { SupervisedTable, Table, TableOptions } from './table.ts'

/**
 * Supervises the children that a table lists, which may change at any time. Nothing happens before `run`.
 *
 * Children that the supervisor has otherwise are none of the table's business: a row with the id of one is a bad row.
 *
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function superviseTable(supervisor: Supervisor, table: Table, options: TableOptions = {}): SupervisedTable {
  const inside = checkSupervisor(supervisor)
  checkTable(table)
  const pace = checkPace(options)
  const members = new Map<string, Member>()
  let isBusy = false
  let crew: Crew | undefined

  const within = (verb: string, key: unknown): { readonly crew: Crew; readonly key: string } => {
    if (typeof key !== 'string') throw invalidOption('key', 'a string', key)
    if (crew === undefined) throw tableError('ERR_SUPERVISOR_NOT_RUNNING', verb, key)
    return { crew, key }
  }

  async function run<T>(callback: (scope: Scope) => T | PromiseLike<T>, { signal }: Abortable): Promise<T> {
    const over = new AbortController()
    const { signal: isOver } = over
    const own = createCrew({
      members,
      supervisor,
      table,
      inside,
      clock: inside.clock,
      signal: isOver,
      tell: (failure) => inside.callbackFailed(failure),
    })
    crew = own
    let gone: Promise<void> | undefined
    onAbort(isOver, () => {
      crew = undefined
      gone = dismissAll(own)
    })
    const letGo = signal && onAbort(signal, () => over.abort(aborted(signal.reason)))
    const watching = supervisor.state$.subscribe({
      next: (view) => {
        if (!isUp({ view })) over.abort(hasStopped(supervisor.id))
      },
      complete: () => over.abort(hasStopped(supervisor.id)),
    })
    try {
      await keepReconciling(own, pace)
      isOver.throwIfAborted()
      return await callback({ signal: isOver })
    } finally {
      over.abort(cancellation('The callback has returned.'))
      watching.unsubscribe()
      letGo?.()
      await gone
    }
  }

  return {
    async run(callback, runOptions = {}) {
      if (typeof callback !== 'function') throw invalidOption('callback', 'a function', callback)
      checkAbortable(runOptions)
      if (isBusy) throw new BroodError('ERR_INVALID_STATE', 'This table is being run already')
      if (runOptions.signal?.aborted === true) throw aborted(runOptions.signal.reason)
      if (!isUp(supervisor)) {
        const message = `Cannot run a table of "${supervisor.id}": it is ${supervisor.view.state}`
        throw new BroodError('ERR_SUPERVISOR_NOT_RUNNING', message)
      }
      isBusy = true
      try {
        return await run(callback, runOptions)
      } finally {
        isBusy = false
      }
    },
    async start(key) {
      const at = within('start', key)
      return startChild(at.crew, at.key)
    },
    async stop(key) {
      const at = within('stop', key)
      return stopChild(at.crew, at.key)
    },
    async get(key) {
      const at = within('get', key)
      return runningChild(at.crew, at.key)
    },
  }
}

function checkSupervisor(supervisor: Supervisor): Inside {
  const inside = typeof supervisor === 'object' && supervisor !== null ? insideOf(supervisor) : undefined
  if (inside === undefined) throw invalidOption('supervisor', 'a supervisor', supervisor)
  return inside
}

function checkTable(table: Table): void {
  for (const method of ['get', 'entries'] as const) {
    if (typeof table !== 'object' || table === null || typeof table[method] !== 'function') {
      throw invalidOption('table', 'an object with the methods `get` and `entries`', table)
    }
  }
}

function checkPace(options: TableOptions): Pace {
  refuseUnknownOptions(options, ['reconcileMs', 'startupMs'])
  const { reconcileMs = 60_000, startupMs = 1_000 } = options
  if (!isDuration(reconcileMs, 1)) throw invalidOption('reconcileMs', 'an integer >= 1, or Infinity', reconcileMs)
  if (!isDuration(startupMs, 0)) throw invalidOption('startupMs', 'an integer >= 0, or Infinity', startupMs)
  return { reconcileMs, startupMs }
}

const isDuration = (value: unknown, least: number): boolean =>
  typeof value === 'number' && value >= least && (Number.isSafeInteger(value) || value === Infinity)

const aborted = (cause: unknown): BroodError =>
  new BroodError('ERR_ABORTED', 'The run of the table was aborted', { cause })

const hasStopped = (id: string): BroodError =>
  new BroodError('ERR_SUPERVISOR_STOPPED', `The supervisor "${id}" stops or has stopped`)
