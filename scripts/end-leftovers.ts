import { setTimeout } from 'node:timers/promises'
import { leftoverProcesses } from './leftover-processes.ts'

// `node scripts/end-leftovers.ts NAME=value`: names and ends every process that carries the mark of a run that is over.
// Status 1 if there was any.
const marker = process.argv[2]
if (marker === undefined || !/^\w+=.+$/.test(marker)) throw new Error('Expected a marker like NAME=value.')

// What ends itself because its host is gone (a guard, a compiler's service) is no leak; what needs longer is one.
const deadline = performance.now() + 10_000
let leftovers = leftoverProcesses(marker)
while (leftovers.length > 0 && performance.now() < deadline) {
  await setTimeout(100)
  leftovers = leftoverProcesses(marker)
}

for (const { pid, command } of leftovers) {
  console.error(`left behind: ${pid} ${command}`)
  // It may have ended since it was found; its number is not given to another process within this turn.
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    console.error(String(error))
  }
}
process.exitCode = leftovers.length === 0 ? 0 : 1
