import { createSupervisor, reaper } from './built.ts'
import { interleave } from './interleave.ts'
import { differences, figure, type Report } from './report.ts'

const ROUNDS = 5
const EXITS = 200

interface Measured {
  /** From the first spawn until the healthy reader has the last exit. */
  readonly ms: number
  /** Exits that it has, and how many of them in another order than that of the record. */
  readonly seen: number
  readonly inverted: number
}

/**
 * 200 exits with one reader that never reads: the healthy one has all of them, in order, and no later than it would
 * without the other. (containerd's reaper, of which this is the counterpart, waits up to a second per exit.)
 */
export async function fanout(): Promise<Report> {
  const { alone, beside } = await interleave(ROUNDS, { alone: () => exits(false), beside: () => exits(true) })
  const all = [...alone, ...beside]
  return {
    figures: [
      figure(
        `${EXITS} exits, read beside a reader that never reads: missing`,
        '',
        all.map(({ seen }) => EXITS - seen),
        {
          atMost: 0,
        },
      ),
      figure(
        'out of order',
        '',
        all.map(({ inverted }) => inverted),
        { atMost: 0 },
      ),
      figure('later than without it, per exit', 'ms', perExit(differences(times(beside), times(alone))), { atMost: 1 }),
      figure('all read, beside it', 'ms', times(beside)),
      figure('all read, alone', 'ms', times(alone)),
    ],
  }
}

const times = (measured: readonly Measured[]): number[] => measured.map(({ ms }) => ms)
const perExit = (milliseconds: readonly number[]): number[] => milliseconds.map((ms) => ms / EXITS)

async function exits(withStuckReader: boolean): Promise<Measured> {
  const supervisor = createSupervisor({
    children: Array.from({ length: EXITS }, (_, index) => ({
      id: `c${index}`,
      command: 'true',
      stdio: 'ignore',
      restart: 'temporary',
    })),
  })
  const from = await lastSeq()
  if (withStuckReader) void reaper.read({ from, bufferSize: 32 })[Symbol.asyncIterator]().next()
  const began = performance.now()
  let seen = 0
  let inverted = 0
  let before = 0
  const read = (async () => {
    for await (const exit of reaper.read({ from })) {
      if (!('origin' in exit)) continue
      seen += 1
      if (exit.seq <= before) inverted += 1
      before = exit.seq
      if (seen === EXITS) return
    }
  })()
  await supervisor.start()
  await read
  const ms = performance.now() - began
  await supervisor.stop({ now: true })
  return { ms, seen, inverted }
}

/** The number of the next exit of this host. */
async function lastSeq(): Promise<number> {
  let last = 0
  for await (const exit of reaper.read({ live: false })) if ('origin' in exit) last = exit.seq
  return last + 1
}
