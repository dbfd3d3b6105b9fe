import { BroodError } from '../errors.ts'
import { drawSplay } from '../machines/ladder.ts'
import type { ChildState } from '../machines/child-state.ts'
import { aborted } from './child-error.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import type { Place } from './place.ts'
import type { Supervision } from './supervision.ts'

/**
 * A reload signal behind a random wait, in which further reloads join; without a splay it is sent at once. Whatever ends
 * the running of that very life ends the wait, and nothing is sent: ERR_ABORTED for a stop or a restart, else
 * ERR_CHILD_NOT_RUNNING.
 */
export function splayedReload(
  place: Place<Pick<Supervision, 'tree' | 'ports' | 'waiters'>>,
  { id, stop: { splayMs } }: Pick<ChildSpec, 'id' | 'stop'>,
  send: () => Promise<unknown>,
): () => Promise<unknown> {
  const { clock, random } = place.home.ports
  // Wherever it lives by now.
  const here = (): ChildState | undefined => place.home.tree.child(place.stream)
  if (splayMs === 0) return send
  let waiting: Promise<void> | undefined

  const begin = (): Promise<void> => {
    const incarnation = here()?.view.incarnation
    const isRunning = (child: ChildState | undefined): boolean =>
      child?.name === 'running' && child.view.incarnation === incarnation

    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiting = undefined
        disarm()
        leave()
      }
      const cut = (): void => {
        end()
        reject(cutShort(id, here()))
      }
      const disarm = clock.arm(
        drawSplay(splayMs, () => random.next()),
        () => {
          // Before the signal: a reload that is asked for from now on is another one.
          end()
          if (isRunning(here())) send().then(() => resolve(), reject)
          else reject(cutShort(id, here()))
        },
      )
      const leave = place.home.waiters.wait(
        place.stream,
        place.home.tree.seq,
        () => {
          if (isRunning(here())) return false
          cut()
          return true
        },
        cut,
      )
    })
  }
  return () => (waiting ??= begin())
}

/** A stop or a restart calls a reload off; an end of its own leaves nothing to reload. */
function cutShort(id: string, child: ChildState | undefined): BroodError {
  if (child === undefined || child.asked !== null) return aborted(id, 'The reload')
  return new BroodError('ERR_CHILD_NOT_RUNNING', `Cannot reload "${id}": it is ${child.view.state}`, { child: id })
}
