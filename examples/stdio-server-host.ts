import { createInterface } from 'node:readline'
import { filter, firstValueFrom, from, map, share, switchMap, type Observable } from 'rxjs'
import { createSupervisor, type Incarnation } from '../src/index.ts'

// What an editor or an AI host does with a server that speaks over stdin and stdout: the streams are its own, untouched;
// a crash is followed by a restart with backoff; and what a dead incarnation still had to say is not taken for an answer.

/** Answers each line, and dies of the word `crash`. */
const server = `
  require('node:readline').createInterface({ input: process.stdin }).on('line', (word) => {
    console.log('re: ' + word)
    if (word === 'crash') process.exit(1)
  })
`

await using supervisor = createSupervisor()
const child = supervisor.add({
  id: 'server',
  command: process.execPath,
  args: ['-e', server],
  // stdin and stdout belong to this program; stderr stays in lines, for the tail in an error.
  stdio: 'raw',
  restart: { type: 'permanent', backoff: { minMs: 50, maxMs: 1_000 } },
})

// `switchMap` lets go of the old stdout when a new life begins: a late reply has nobody left to go to.
const replies$ = child.incarnations$.pipe(
  switchMap((life) => linesOf(life).pipe(map((text) => ({ life: life.number, text })))),
  share(),
)
// For as long as the child lives: letting go of a stream in between would lose what comes meanwhile.
replies$.subscribe(({ life, text }) => console.log(`incarnation ${life}: ${text}`))

function linesOf({ stdout }: Incarnation): Observable<string> {
  return stdout === undefined ? from([]) : from(createInterface({ input: stdout }))
}

async function ask(word: string): Promise<void> {
  const reply = firstValueFrom(replies$.pipe(filter(({ text }) => text === `re: ${word}`)))
  child.incarnation?.stdin?.write(`${word}\n`)
  await reply
}

await supervisor.start()
await ask('hello')

const second = firstValueFrom(child.incarnations$.pipe(filter(({ number }) => number === 2)))
await ask('crash')
await second
console.log(`begun again after: ${child.view.lastExit?.cause}, code ${child.view.lastExit?.code}`)
await ask('hello again')
