import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { WebSocket } from 'ws'
import { expect, onTestFinished, test } from 'vitest'
import { connectInspector } from '../../examples/inspector/connect-inspector.ts'
import { watchActors, type WatchedActor, type WatchedActors } from '../../examples/inspector/receiver.ts'
import { startRelay, type Relay } from '../../examples/inspector/relay.ts'
import { childChart } from '../../src/machines/child-chart.ts'
import { supervisorChart } from '../../src/machines/supervisor-chart.ts'
import { createSupervisor } from '../../src/index.ts'

async function relayForTest(): Promise<Relay> {
  const relay = await startRelay()
  onTestFinished(() => relay.close())
  return relay
}

const seen = (actors$: Observable<WatchedActors>, condition: (actor: WatchedActor[]) => boolean) =>
  firstValueFrom(actors$.pipe(filter((actors) => condition([...actors.values()]))))

const allIn = (state: string) => (actors: WatchedActor[]) =>
  actors.length === 4 && actors.every(({ states }) => states.at(-1) === state)

const stay = (id: string) => ({ id, command: process.execPath, args: ['-e', 'setInterval(() => {}, 60_000)'] })

/** Three children that live, are seen to live, and are stopped. */
async function inspectedLife(relay: Relay, actors$: Observable<WatchedActors>): Promise<WatchedActors> {
  const inspector = connectInspector(relay.url)
  onTestFinished(() => inspector.stop())
  await using supervisor = createSupervisor({
    id: 'shop',
    children: [stay('database'), stay('web'), stay('worker/1')],
    inspect: inspector.inspect,
  })
  await supervisor.start()
  // Stopped only once the receiver has seen it run: what it is told is live, not a story told afterwards.
  await seen(actors$, allIn('running'))
  await supervisor.stop()
  return seen(actors$, allIn('stopped'))
}

test('a receiver gets the supervisor and every child, each with its whole chart and its states as they change', async () => {
  const relay = await relayForTest()
  const actors = await inspectedLife(relay, watchActors(relay.url))

  const [[rootId, root], ...children] = [...actors] as [[string, WatchedActor], ...[string, WatchedActor][]]
  expect(root).toMatchObject({ name: 'shop', parentId: undefined, chart: plain(supervisorChart.config) })
  expect(children.map(([, { name }]) => name)).toEqual(['/database', '/web', '/worker%2F1'])
  for (const [, { parentId, chart, states }] of children) {
    expect(parentId).toBe(rootId)
    expect(chart).toEqual(plain(childChart.config))
    expect(states.indexOf('running')).toBeLessThan(states.indexOf('stopped'))
    expect(states).toEqual(expect.arrayContaining(['starting.spawning', 'running', 'stopping.terminating', 'settling']))
  }
})

test('a receiver that comes when all is over is told of every actor and its last state', async () => {
  const relay = await relayForTest()
  const early = await inspectedLife(relay, watchActors(relay.url))
  const late = await seen(watchActors(relay.url), allIn('stopped'))
  expect([...late].map(([id, { chart }]) => [id, chart])).toEqual([...early].map(([id, { chart }]) => [id, chart]))
})

/** What comes of a connection: `open`, or why not. */
async function attempt(url: string): Promise<string> {
  const socket = new WebSocket(url)
  onTestFinished(() => socket.terminate())
  return once(socket, 'open').then(() => 'open', String)
}

test('the relay is reached through 127.0.0.1 and by its path alone', async () => {
  const relay = await relayForTest()
  const { port, pathname } = new URL(relay.url)
  expect(await attempt(`ws://127.0.0.1:${port}${pathname}`)).toBe('open')
  expect(await attempt(`ws://127.0.0.1:${port}/`)).toMatch('400')
  expect(await attempt(`ws://127.0.0.1:${port}${pathname.slice(0, -1)}`)).toMatch('400')
  // A server that listens on all interfaces answers at every address of loopback.
  const socket = connect(Number(port), '127.0.0.2')
  onTestFinished(() => void socket.destroy())
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('the example ends by itself, and has seen every child run and stop', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/inspector/main.ts'])
  const lines = stdout.split('\n')
  for (const line of ['shop: running', '  /database: running', '  /web: running', '  /web: stopped', 'shop: stopped']) {
    expect(lines).toContain(line)
  }
})

/** A chart as it comes over the wire: functions by their names, and no keys without a value. */
function plain(config: object): unknown {
  return JSON.parse(
    JSON.stringify(config, (_, value: unknown) => (typeof value === 'function' ? { type: value.name } : value)),
  )
}
