import { Writable } from 'node:stream'
import { createSupervisor } from './built.ts'
import { figure, type Report } from './report.ts'

const RUNS = 20
const LINES = 20_000
const expected = `${Array.from({ length: LINES }, (_, index) => index + 1).join('\n')}\n`

/** Short processes that print a lot and end: of how many every line has arrived, once and in order. */
export async function output(): Promise<Report> {
  const lines: number[] = []
  const written: number[] = []
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const told = await runOnce()
    lines.push(told.lines === expected ? 1 : 0)
    written.push(told.written === expected ? 1 : 0)
    times.push(told.ms)
  }
  return {
    figures: [
      figure(`runs of seq 1 ${LINES} with every line, lines$`, `of ${RUNS}`, [sum(lines)], { atLeast: RUNS }),
      figure('the same, logWriter', `of ${RUNS}`, [sum(written)], { atLeast: RUNS }),
      figure('one run, start to stopped', 'ms', times),
    ],
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

async function runOnce(): Promise<{ readonly lines: string; readonly written: string; readonly ms: number }> {
  let lines = ''
  const chunks: Buffer[] = []
  const logWriter = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const began = performance.now()
  const supervisor = createSupervisor({
    children: [{ id: 'seq', command: 'seq', args: ['1', String(LINES)], oneShot: true, logWriter }],
  })
  supervisor.lines$.subscribe(({ text }) => {
    lines += `${text}\n`
  })
  await supervisor.start()
  const ms = performance.now() - began
  await supervisor.stop()
  return { lines, written: Buffer.concat(chunks).toString(), ms }
}
