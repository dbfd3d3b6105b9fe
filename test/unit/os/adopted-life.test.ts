import { expect, test } from 'vitest'
import { adoptLife, cookieOf } from '../../../src/os/adopted-life.ts'
import { createExitHook } from '../../../src/os/exit-hook.ts'
import { createGroupWatch } from '../../../src/os/group-watch.ts'
import { createIdentityWatch } from '../../../src/os/identity-watch.ts'
import { createProcessScan } from '../../../src/os/process-scan.ts'
import { createSweep } from '../../../src/os/sweep.ts'
import { chooseTreeKiller } from '../../../src/os/tree-killer/choose-tree-killer.ts'
import type { AdoptRequest, LifeObservation } from '../../../src/ports.ts'
import { stageKernel } from './staged-kernel.ts'

const request: AdoptRequest = {
  life: { stream: '/web', incarnation: 3 },
  owner: { hostId: 'dead', treeId: 'tree' },
  lifetime: 'attached',
  identity: { pid: 100, startTicks: 500, bootId: 'boot' },
  killTimeoutMs: 100,
}
const cookie = 'dead:tree:attached:/web:3'

function stage(kernel = stageKernel()) {
  const scan = createProcessScan(kernel)
  const exits = new Set<() => void>()
  const tools = {
    kernel,
    scan,
    watch: createGroupWatch(kernel, scan),
    sweep: createSweep(kernel, scan, () => false),
    identities: createIdentityWatch(kernel),
    exitHook: createExitHook({
      on: (_: string, listener: () => void) => exits.add(listener),
      off: (_: string, listener: () => void) => exits.delete(listener),
    } as never),
    treeKiller: chooseTreeKiller(kernel),
    leaders: new Set<number>(),
  }
  return {
    kernel,
    /** The host exits by itself. */
    exit: () => {
      for (const listener of exits) listener()
    },
    adopt: (changes: Partial<AdoptRequest> = {}) => {
      const seen: LifeObservation['kind'][] = []
      const { promise: swept, resolve } = Promise.withResolvers<void>()
      const wanted = { ...request, ...changes }
      const life = adoptLife(tools, {
        request: wanted,
        cookie: cookieOf(wanted),
        observe({ kind }) {
          seen.push(kind)
          if (kind === 'swept') resolve()
        },
        known: () => {},
        swept: () => {},
        ended: () => {},
      })
      const signal = (name: NodeJS.Signals | 0, to: 'process' | 'group' = 'group') =>
        new Promise<boolean>((answer) => life.signal(name, to, answer))
      const survivors = () => new Promise((answer) => life.survivors(answer))
      return { life, seen, swept, signal, survivors }
    },
  }
}

test('its cookie is the one that the dead host has written', () => {
  expect(cookieOf(request)).toBe(cookie)
})

test.each([
  ['a stranger who leads a group', { pid: 100, startTicks: 900 }],
  [
    'a stranger who looks into whose environment is forbidden',
    { pid: 100, startTicks: 900, cookie: { kind: 'forbidden' } },
  ],
  ['a member of a shell’s job', { pid: 100, startTicks: 900, pgrp: 90, session: 80 }],
] as const)(
  'a number that belongs to %s proves that the life is over, and nobody is signalled',
  async (_, stranger) => {
    const { kernel, adopt, exit } = stage()
    kernel.put(stranger)
    const { seen, swept, signal, survivors } = adopt()
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      expect(await signal(name)).toBe(false)
      expect(await signal(name, 'process')).toBe(false)
    }
    exit()
    await swept
    expect(seen).toEqual(['exited', 'drained', 'gone', 'swept'])
    expect(await survivors()).toEqual([])
    expect(kernel.signals).toEqual([])
  },
)

test('negative control: a kernel that hides the difference has the stranger signalled', async () => {
  const { kernel, adopt } = stage()
  kernel.put({ pid: 100, startTicks: 500 })
  const { swept, signal } = adopt()
  expect(await signal('SIGKILL')).toBe(true)
  await swept
  expect(kernel.signals).toEqual(['-100 SIGKILL'])
})

test('whose group it is that somebody else has founded under the number is seen by session, ticks and cookie', async () => {
  const { kernel, adopt } = stage()
  // The leader is dead; the group of the number is a stranger's, whose leader is dead, too.
  kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 900, cookie: 'dead:tree:attached:/web:4' })
  const { seen, swept, signal, survivors } = adopt()
  expect(await signal('SIGKILL')).toBe(false)
  expect(await survivors()).toEqual([])
  await swept
  expect(seen).toEqual(['exited', 'drained', 'gone', 'swept'])
  expect(kernel.signals).toEqual([])
})

test('a member without a cookie is known if it was there while the leader was seen alive', async () => {
  const { kernel, adopt } = stage()
  kernel.put({ pid: 100, startTicks: 500, cookie })
  kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 900, cookie: { kind: 'none' } })
  const { seen, swept, signal } = adopt()
  // Staged time stands at 1000: from the second look on the leader was seen alive then.
  await new Promise<void>((resolve) => {
    const { stat } = kernel
    let looks = 0
    kernel.stat = (pid) => {
      if (pid === 100 && ++looks === 3) resolve()
      return stat(pid)
    }
  })
  kernel.processes.delete(100)
  expect(await signal('SIGTERM')).toBe(true)
  expect(seen).not.toContain('gone')
  expect(await signal('SIGKILL')).toBe(true)
  await swept
  expect(kernel.signals).toEqual(['-100 SIGTERM', '-100 SIGCONT', '-100 SIGKILL'])
})

test('a host that exits ends what it adopted: the group of a living leader, and what it knows of one without', async () => {
  const { kernel, adopt, exit } = stage()
  kernel.put({ pid: 100, startTicks: 500, cookie })
  kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 500, cookie })
  const { swept } = adopt()
  exit()
  expect(kernel.signals).toEqual(['-100 SIGKILL'])
  await swept

  const headless = stage()
  headless.kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 500, cookie })
  const other = headless.adopt()
  headless.exit()
  expect(headless.kernel.signals).toEqual(['-100 SIGKILL'])
  await other.swept
})

test('a survivor is left alone by a host that exits', async () => {
  const { kernel, adopt, exit } = stage()
  kernel.put({ pid: 100, startTicks: 500 })
  const { life } = adopt({ lifetime: 'survivor' })
  exit()
  expect(kernel.signals).toEqual([])
  life.abandon()
})

test('of another boot, and without /proc, nothing is read and nobody signalled', async () => {
  for (const bootId of ['another', null]) {
    const { kernel, adopt, exit } = stage()
    kernel.bootId = bootId
    kernel.put({ pid: 100, startTicks: 500, cookie })
    const { seen, swept, signal, survivors } = adopt()
    expect(await signal('SIGKILL')).toBe(false)
    exit()
    await swept
    expect(await signal('SIGKILL', 'process')).toBe(false)
    expect(await survivors()).toEqual([])
    expect(seen).toEqual(['exited', 'drained', 'gone', 'swept'])
    expect(kernel.signals).toEqual([])
    expect(kernel.reads).toEqual({ lists: 0, stats: 0, environs: 0 })
  }
})

test('what is no signal reaches nobody', async () => {
  const { kernel, adopt } = stage()
  kernel.put({ pid: 100, startTicks: 500 })
  const { life, signal } = adopt()
  for (const bad of ['', 'SIGNOTHING', -0, 9] as const) expect(await signal(bad as 'SIGTERM')).toBe(false)
  expect(kernel.signals).toEqual([])
  life.abandon()
})
