import { expect, onTestFinished } from 'vitest'
import { createSupervisor, reaper, startStop, type Reaped, type Runnable, type Supervisor } from '../../../src/index.ts'
import { isAlive } from '../support/processes.ts'
import { observe } from '../support/supervise.ts'
import { whenReady, zoo } from '../support/zoo.ts'

/** A real process as a runnable, with what became of it. */
export interface Unit {
  readonly run: Runnable
  readonly supervisor: Supervisor
  readonly isUp: () => boolean
}

/**
 * A process that a runnable starts and stops, as `startStop` of a supervisor's own verbs; it writes `+name` into the log
 * when it is ready and `-name` when it has ended. With `exits` it ends before it is ready.
 */
export function unit(name: string, log: string[], { exits = false } = {}): Unit {
  const supervisor = createSupervisor({
    id: name,
    children: [{ id: name, ...(exits ? zoo('exits-fast', 3) : zoo('graceful')), ...whenReady, restart: 'temporary' }],
  })
  supervisor.events$.subscribe(({ type }) => {
    if (type === 'child.ready') log.push(`+${name}`)
    if (type === 'process.exited') log.push(`-${name}`)
  })
  onTestFinished(async () => {
    expect((await supervisor.stop({ now: true })).survivors).toEqual([])
  })
  const { of } = observe(supervisor)
  return {
    supervisor,
    isUp: () => of('process.spawned').some(({ data }) => isAlive(data.pid ?? -1)),
    run: startStop(
      ({ signal }) => supervisor.start({ signal }),
      ({ signal }) => supervisor.stop({ now: signal.aborted }),
    ),
  }
}

/** The exits that the reaper tells from now on; `end` gives them, and listens no longer. */
export function listen(): { readonly exits: readonly Reaped[]; readonly end: () => readonly Reaped[] } {
  const exits: Reaped[] = []
  const subscription = reaper.exits$.subscribe((exit) => exits.push(exit))
  return {
    exits,
    end() {
      subscription.unsubscribe()
      return exits
    },
  }
}

/** The seq of the last exit that the reaper has kept so far; 0 where there is none. */
export async function lastSeq(): Promise<number> {
  let seq = 0
  for await (const exit of reaper.read({ live: false })) if ('pid' in exit) ({ seq } = exit)
  return seq
}
