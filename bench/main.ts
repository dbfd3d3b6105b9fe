import { fork } from 'node:child_process'
import { join } from 'node:path'
import { benches } from './benches.ts'
import { isReached, printReport } from './print-report.ts'
import type { Report } from './report.ts'

// `npm run bench [name…]`: measures `dist` against its peers and prints a table for each. A missed target is told and no
// failure: machines differ, and nothing here belongs to the tests. A bench that breaks is one.

/** No bench takes half as long on an idle machine. */
const LIMIT_MS = 120_000

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches)
const unknown = names.filter((name) => !(name in benches))
if (unknown.length > 0) {
  throw new Error(`Expected names among ${Object.keys(benches).join(', ')}, got ${unknown.join(', ')}`)
}

/** In a process of its own: what one leaves on the heap slows the spawns and the collector of the next. */
function run(name: string): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'run-bench.ts'), [name], { timeout: LIMIT_MS })
    let report: Report | undefined
    child.once('message', (message) => {
      report = message as Report
    })
    child.once('exit', (code, signal) => {
      if (report !== undefined && code === 0) resolve(report)
      else reject(new Error(`The bench "${name}" ended with ${signal ?? code}`))
    })
  })
}

const began = performance.now()
const missed: string[] = []
for (const name of names) {
  const report = await run(name)
  printReport(name, report)
  for (const figure of report.figures) if (isReached(figure) === false) missed.push(figure.name)
}
console.log(`\n${Math.round((performance.now() - began) / 1000)} s on Node ${process.version}, ${process.platform}`)
console.log(missed.length === 0 ? 'Every target is reached.' : `Missed: ${missed.join('; ')}`)
