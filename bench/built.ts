import type * as Brood from '../src/index.ts'
import type * as NodeHost from '../src/os/node-host.ts'
import type * as Testing from '../src/testing/index.ts'

// What is measured is what is published: `dist`, in plain Node, which also gives XState's production build. Its types are
// those of `src`, so that checking them needs no build.
const load = async (path: string): Promise<unknown> => import(new URL(`../dist/${path}`, import.meta.url).href)

const brood = (await load('index.js')) as typeof Brood
const testing = (await load('testing/index.js')) as typeof Testing
const nodeHosts = (await load('os/node-host.js')) as typeof NodeHost

export const {
  createSupervisor,
  memoryJournal,
  readJournal,
  reaper,
  recoverSupervisor,
  replay,
  sqliteJournal,
  startAndForget,
} = brood
export const { createWorld } = testing
export const { nodeHost } = nodeHosts
