import { benches } from './benches.ts'

// One bench, for `main.ts`: its report goes to the parent process.
const load = benches[process.argv[2] ?? '']
if (load === undefined || process.send === undefined) throw new Error('Run `npm run bench` instead')
// A bench that takes too long is asked to end: through the exit hooks, which end the processes it has started.
process.once('SIGTERM', () => process.exit(143))
const bench = await load()
process.send(await bench())
process.disconnect()
