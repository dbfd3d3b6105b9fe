import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocketServer, type WebSocket } from 'ws'
import { rememberActors } from './remember-actors.ts'

/** Where inspectors and receivers meet. */
export interface Relay {
  readonly url: string
  /** Cuts every connection and frees the port. The only way to end a receiver of @statelyai/inspect: it has no close. */
  close(): Promise<void>
}

/**
 * Passes every message of one client on to all others, on a random port of 127.0.0.1.
 *
 * The relay that comes with @statelyai/inspect listens on all interfaces and asks nobody who he is: this one is reached
 * through loopback alone, and by those who were told its path. (Any web page may open a WebSocket to localhost.) To a
 * client that comes late it tells every actor with its latest state; theirs repeats the last 200 messages, among which
 * are no registrations once a tree has been busy.
 */
export async function startRelay(): Promise<Relay> {
  const path = `/${randomBytes(16).toString('hex')}`
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path, maxPayload: 1024 * 1024 })
  await once(server, 'listening')

  const actors = rememberActors()
  server.on('connection', (socket: WebSocket) => {
    // What a client did wrong closes its connection; without a listener it would end this process.
    socket.on('error', () => socket.terminate())
    socket.on('message', (data: Buffer) => {
      const text = data.toString()
      actors.hear(text)
      for (const client of server.clients) if (client !== socket) client.send(text)
    })
    for (const text of actors.told()) socket.send(text)
  })

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A relay listens on a port.')
  return {
    url: `ws://127.0.0.1:${address.port}${path}`,
    async close() {
      for (const client of server.clients) client.terminate()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
