import type { Disarm } from '../ports.ts'
import { onAbort } from '../tasks/on-abort.ts'
import type { Crew } from './crew.ts'
import { quiet } from './member.ts'
import { createReconcile } from './reconcile.ts'

export interface Pace {
  readonly reconcileMs: number
  readonly startupMs: number
}

/** Reconciles again and again until the crew's run is over; resolves when the first children are up, or have had their time. */
export async function keepReconciling(crew: Crew, { reconcileMs, startupMs }: Pace): Promise<void> {
  const { clock, signal, members } = crew
  const reconcile = createReconcile(crew)
  let disarm: Disarm | undefined

  const next = async (): Promise<void> => {
    await reconcile()
    if (!signal.aborted) disarm = clock.arm(reconcileMs, () => void next())
  }
  const first = async (): Promise<void> => {
    await next()
    await Promise.allSettled([...members.values()].flatMap(({ starting }) => starting ?? []))
  }

  const patience = Promise.withResolvers<void>()
  const disarmStartup = clock.arm(startupMs, () => patience.resolve())
  onAbort(signal, () => {
    disarm?.()
    disarmStartup()
    patience.resolve()
  })
  await Promise.race([quiet(first()), patience.promise])
  disarmStartup()
}
