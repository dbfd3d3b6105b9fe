import { createSupervisor } from '../src/index.ts'

// The entry point of a container: one program that the container is for, and a helper beside it. When the main program
// ends, everything ends, in order, and its status is the container's. `docker stop` sends SIGTERM, which `run` handles:
// the program is stopped first, the helper it ships its logs through afterwards.

/** Stands for the program: ends by itself with the status it was given, or serves until it is asked to stop. */
const program = `
  const [, status] = process.argv
  process.on('SIGTERM', () => { console.log('bye'); process.exit(0) })
  if (status === 'serve') setInterval(() => {}, 60_000)
  else setTimeout(() => process.exit(Number(status)), 200)
  console.log('working')
`
/** Stands for the helper: says goodbye when it is asked to stop. */
const helper = `
  process.on('SIGTERM', () => { console.log('flushed'); process.exit(0) })
  setInterval(() => {}, 60_000)
  console.log('shipping logs')
`

const supervisor = createSupervisor({
  id: 'container',
  autoShutdown: 'any-significant',
  children: [
    { id: 'log-shipper', command: process.execPath, args: ['-e', helper], ready: { line: 'shipping' } },
    {
      id: 'program',
      command: process.execPath,
      args: ['-e', program, process.argv[2] ?? '0'],
      after: ['log-shipper'],
      restart: 'temporary',
      significant: true,
    },
  ],
})
supervisor.lines$.subscribe(({ child, text }) => console.log(`${child}: ${text}`))

const { exitCode, report } = await supervisor.run()
for (const { id, outcome } of report.children) console.log(`${id} ${outcome}`)
process.exitCode = exitCode
