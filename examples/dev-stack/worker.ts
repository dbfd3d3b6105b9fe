import { setTimeout } from 'node:timers/promises'

// A worker with a bug: it does a little work, then its luck runs out, every time.
for (const job of [1, 2, 3]) {
  console.log(`job ${job}`)
  await setTimeout(150)
}
throw new TypeError('job 4 is undefined')
