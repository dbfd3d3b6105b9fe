/** What the files of one room may import. Its own files are free to it. */
export interface Room {
  /** Rooms whose code it may load. */
  readonly loads?: readonly string[]
  /** Rooms and packages of which it may know the types, and nothing else: `import type`. */
  readonly knows?: readonly string[]
  /** Packages it may load; `node:*` is all of Node. */
  readonly packages?: readonly string[]
  /** A function of its arguments: no clock, no chance, no timer, no process. */
  readonly pure?: true
}

const core = ['errors', 'events']

/**
 * Who may import whom under `src`: a room is a folder, or a file beside them. One direction only, from the facts
 * outwards; the composition root is the only place that sees both the actors and the adapters they are run with.
 */
export const rooms: Readonly<Record<string, Room | 'everything'>> = {
  errors: {},
  events: { loads: ['errors'], pure: true },
  'journal-port': { knows: core },
  ports: { knows: [...core, 'journal-port', 'node:*'] },
  machines: { loads: core, packages: ['xstate'], pure: true },
  record: { loads: [...core, 'machines'], pure: true },
  spec: {
    loads: core,
    knows: ['machines', 'ports', 'tasks', 'xstate', 'node:stream'],
    packages: ['zod', 'node:crypto', 'node:os', 'node:util'],
  },
  streams: { loads: core, knows: ['ports', 'node:stream'], packages: ['rxjs', 'node:util'] },
  os: { loads: core, knows: ['ports'], packages: ['execa', 'tree-kill', 'node:*'] },
  // `os` for the identity of a journal's owner.
  journals: { loads: [...core, 'os', 'streams'], knows: ['ports'], packages: ['node:*'] },
  tasks: { loads: ['errors', 'streams'] },
  logging: { loads: core, packages: ['pino', 'rxjs'] },
  actors: {
    loads: [...core, 'machines', 'record', 'spec', 'streams', 'tasks'],
    knows: ['ports', 'node:*'],
    packages: ['xstate', 'rxjs', 'node:util'],
  },
  tables: {
    loads: [...core, 'actors', 'spec', 'streams', 'tasks'],
    knows: ['machines', 'ports'],
  },
  processes: {
    loads: [...core, 'os', 'spec', 'streams'],
    knows: ['actors', 'machines', 'ports'],
    packages: ['node:*'],
  },
  testing: { loads: [...core, 'machines', 'spec', 'journals', 'index'], knows: ['ports'], packages: ['node:*'] },
  cli: {
    loads: [...core, 'journals', 'logging', 'machines', 'record', 'spec'],
    packages: ['commander', 'node:*'],
  },
  index: 'everything',
}
