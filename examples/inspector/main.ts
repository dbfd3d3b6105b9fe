import { filter, firstValueFrom } from 'rxjs'
import { createSupervisor } from '../../src/index.ts'
import { connectInspector } from './connect-inspector.ts'
import { watchActors } from './receiver.ts'
import { startRelay } from './relay.ts'

// `node examples/inspector/main.ts`: two children live a short life, and a receiver tells what an inspector sees of it.
// Receiver and relay might as well be programs of their own; a page that speaks the protocol can listen at the same url.
const relay = await startRelay()
const actors$ = watchActors(relay.url)
const inspector = connectInspector(relay.url)

const told = new Map<string, string>()
actors$.subscribe((actors) => {
  for (const [id, { name, parentId, states }] of actors) {
    const state = states.at(-1) ?? 'unknown'
    const line = `${parentId === undefined ? '' : '  '}${name}: ${state}`
    if (told.get(id) !== line) console.log(line)
    told.set(id, line)
  }
})

const stay = ['-e', 'setInterval(() => {}, 60_000)']
const supervisor = createSupervisor({
  id: 'shop',
  children: [
    { id: 'database', command: process.execPath, args: stay },
    { id: 'web', command: process.execPath, args: stay, after: ['database'] },
  ],
  inspect: inspector.inspect,
})

await supervisor.start()
await supervisor.child('web')?.restart()
await supervisor.stop()

// The inspector is behind by a turn of the event loop, the receiver by the network: it has seen the end when it says so.
await firstValueFrom(
  actors$.pipe(
    filter((actors) => [...actors.values()].some(({ name, states }) => name === 'shop' && states.at(-1) === 'stopped')),
  ),
)
inspector.stop()
await relay.close()
