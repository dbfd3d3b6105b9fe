import { ARGS, COMMAND, endAll, launchAll, launchExeca, launchRaw, type Launch } from './bare-processes.ts'
import { createSupervisor } from './built.ts'
import { settled } from './heap.ts'
import { interleave } from './interleave.ts'
import { figure, quotients, type Report } from './report.ts'
import { watchedHost } from './watched-host.ts'

const COUNT = 500
const ROUNDS = 5

interface Measured {
  /** From the first call until all run. */
  readonly startMs: number
  /** From the call until every leader is dead and, for brood, every group proven empty. */
  readonly goneMs: number
  /** Until `stop()` has resolved: for brood, until nothing that left its group can be left either. */
  readonly stoppedMs: number
}

/** Starting and stopping 500 processes, against the shortest way to do that. */
export async function mass(): Promise<Report> {
  const { brood, execa, raw } = await interleave(ROUNDS, {
    brood: settled(withBrood),
    execa: settled(() => withoutBrood(launchExeca('pipe'))),
    raw: settled(() => withoutBrood(launchRaw('pipe'))),
  })
  return {
    figures: [
      figure(`start ${COUNT}: brood / execa`, '', quotients(starts(brood), starts(execa)), { atMost: 1.2 }),
      figure(`start ${COUNT}: brood / child_process`, '', quotients(starts(brood), starts(raw))),
      figure(`start ${COUNT}: brood`, 'ms', starts(brood)),
      figure(`start ${COUNT}: execa`, 'ms', starts(execa)),
      figure(`start ${COUNT}: child_process`, 'ms', starts(raw)),
      figure(`stop ${COUNT}, every group proven gone: brood / bare`, '', quotients(gone(brood), gone(execa)), {
        atMost: 3,
      }),
      figure(`stop ${COUNT}, sweep included: brood / bare`, '', quotients(stops(brood), stops(execa))),
      figure(`stop ${COUNT}: brood, every group proven gone`, 'ms', gone(brood)),
      figure(
        `stop ${COUNT}: brood, then the sweep`,
        'ms',
        brood.map(({ goneMs, stoppedMs }) => stoppedMs - goneMs),
      ),
      figure(`stop ${COUNT}: bare kill and wait`, 'ms', gone(execa)),
    ],
  }
}

const starts = (measured: readonly Measured[]): number[] => measured.map(({ startMs }) => startMs)
const gone = (measured: readonly Measured[]): number[] => measured.map(({ goneMs }) => goneMs)
const stops = (measured: readonly Measured[]): number[] => measured.map(({ stoppedMs }) => stoppedMs)

async function withBrood(): Promise<Measured> {
  let goneAt = 0
  const host = watchedHost((kind) => {
    if (kind === 'gone') goneAt = performance.now()
  })
  const began = performance.now()
  const children = Array.from({ length: COUNT }, (_, index) => ({ id: `c${index}`, command: COMMAND, args: [...ARGS] }))
  const supervisor = createSupervisor({ children, ports: { host } })
  await supervisor.start()
  const startMs = performance.now() - began

  const asked = performance.now()
  await supervisor.stop()
  return { startMs, goneMs: goneAt - asked, stoppedMs: performance.now() - asked }
}

async function withoutBrood(launch: Launch): Promise<Measured> {
  const began = performance.now()
  const children = await launchAll(launch, COUNT)
  const startMs = performance.now() - began

  const asked = performance.now()
  await endAll(children)
  const goneMs = performance.now() - asked
  return { startMs, goneMs, stoppedMs: goneMs }
}
