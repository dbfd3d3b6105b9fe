import { expect, test } from 'vitest'
import { follow, stageProcesses } from './staged-processes.ts'

test('a forgotten process is named, and its exit enters the reaper', async () => {
  const { startAndForget, world, exits } = stageProcesses({ daemon: { exitsAfterMs: 50, code: 3 } })
  const identity = await startAndForget({ command: 'daemon' })
  expect(world.processes()).toMatchObject([{ identity }])
  expect(await exits()).toEqual([])
  await world.advance(50)
  expect(await exits()).toMatchObject([{ identity, code: 3, status: 3, origin: { kind: 'process' } }])
})

test('nothing ends it: neither a signal nor a timer of ours', async () => {
  const { startAndForget, world } = stageProcesses({ daemon: {} })
  await startAndForget({ command: 'daemon' })
  await world.advance(1_000_000)
  expect(world.processes()).toHaveLength(1)
  expect(world.calls.signals).toBe(0)
})

test('a failing start rejects with its typed error, and no exit is made up', async () => {
  const { startAndForget, world, exits } = stageProcesses()
  const starting = follow(startAndForget({ command: 'missing' }))
  await world.advance(0)
  expect(starting.error).toMatchObject({ code: 'ERR_SPAWN_FAILED', cause: { code: 'ENOENT' } })
  expect(await exits()).toEqual([])
})

test('a host that cannot say who it started has nobody to give back', async () => {
  const forget: Parameters<typeof stageProcesses>[1] = {
    forget: (_request, observe) => observe({ kind: 'spawned', pid: 100, identity: null, spawnMs: 1 }),
  }
  const { startAndForget } = stageProcesses({}, forget)
  await expect(startAndForget({ command: 'daemon' })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
})
