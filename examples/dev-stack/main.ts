import { createSupervisor, type EventType } from '../../src/index.ts'
import { children } from './children.ts'
import { eventLine } from './event-line.ts'
import { outputLine } from './lines.ts'
import { openScreen } from './screen.ts'
import { heading, story } from './story.ts'
import { table } from './table.ts'

// `npm start` on a fresh clone: Node runs these files and the library's sources as they are, so nothing has to be built.
// (A program of your own imports from 'brood'.) On a terminal it runs until ^C; elsewhere until the worker was given up.
const interactive = process.stdout.isTTY

/** The events that are worth a line while it runs; the story at the end has them all. */
const told: ReadonlySet<EventType> = new Set<EventType>([
  'child.ready',
  'process.exited',
  'restart.scheduled',
  'restart.abandoned',
  'child.stopped',
])

const supervisor = createSupervisor({ id: 'dev-stack', children })
const screen = openScreen(process.stdout)

supervisor.lines$.subscribe((line) => {
  const text = outputLine(line)
  if (text !== undefined) screen.print(text)
})
supervisor.events$.subscribe((event) => {
  if (told.has(event.type)) screen.print(eventLine(event))
})
supervisor.state$.subscribe((view) => screen.draw((columns) => table(view, columns)))

if (interactive) screen.print(heading('^C stops all of it in order, ^C again kills what is left\n'))
const script = new AbortController()
if (!interactive) void stopOnceGivenUp()
const { exitCode, error } = await supervisor.run({ signal: script.signal })

for await (const line of story(supervisor)) console.log(line)
if (error !== undefined) console.error(error)
process.exitCode = exitCode

async function stopOnceGivenUp(): Promise<void> {
  const worker = await supervisor.child('worker')?.when('stopped')
  // Somebody else may have stopped it: a failed start, a signal.
  if (worker?.outcome !== 'failed') return
  screen.print(heading('the worker was given up, the others live'))
  for (const row of table(supervisor.view)) screen.print(row)
  screen.print('')
  script.abort()
}
