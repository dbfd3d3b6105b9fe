import { expect, test } from 'vitest'
import type { ProcessHost } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import { follow, stageProcesses } from './staged-processes.ts'

const stages = [
  { signal: 'SIGTERM', to: 'process', atMs: 0 },
  { signal: 'SIGINT', to: 'group', atMs: 100 },
  { signal: 'SIGHUP', to: 'tree', atMs: 300 },
  { signal: 'SIGKILL', to: 'group', atMs: 300 },
] as const

const deaf = { onSignal: { SIGTERM: 'ignore', SIGINT: 'ignore', SIGHUP: 'ignore' } } as const

/** Runs `build`, cuts it at 50 ms, and gives the signals that its host was asked for, with their times. */
async function cut(behaviour: object, stop: object) {
  const told: string[] = []
  const world = createWorld()
  const listening: ProcessHost = {
    ...world.ports.host,
    open(tree) {
      const session = world.ports.host.open(tree)
      return {
        ...session,
        spawn(request, observe) {
          const life = session.spawn(request, observe)
          return {
            ...life,
            signal(signal, to, done) {
              told.push(`${world.now} ${signal} ${to}`)
              life.signal(signal, to, done)
            },
          }
        },
      }
    },
  }
  world.program('build', behaviour)
  const { runProcess } = stageProcesses({}, { clock: world.ports.clock, host: () => listening })
  const run = follow(runProcess({ command: 'build', stop }, { timeoutMs: 50 }))
  await world.advance(10_000)
  return { told, run, world }
}

test('a run that is cut short climbs its stages in order and in time, up to the SIGKILL', async () => {
  const { told, run, world } = await cut({ ...deaf, forks: [deaf] }, { stages })
  expect(told).toEqual(['50 SIGTERM process', '150 SIGINT group', '350 SIGHUP tree', '350 SIGKILL group'])
  expect(run.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT', exit: { signal: 'SIGKILL' } })
  expect(world.processes()).toEqual([])
})

test('what is gone is sent no further stage', async () => {
  const { told, run } = await cut({ onSignal: { SIGTERM: { afterMs: 60, code: 4 } } }, { stages })
  expect(told).toEqual(['50 SIGTERM process'])
  expect(run.error).toMatchObject({ exit: { code: 4 } })
})

test('the group of a leader that went keeps its stages', async () => {
  const { told } = await cut({ forks: [{ onSignal: { SIGTERM: 'ignore', SIGINT: { afterMs: 20 } } }] }, { stages })
  expect(told).toEqual(['50 SIGTERM process', '150 SIGINT group'])
})

test('a splay stands before them', async () => {
  const { told } = await cut(deaf, { stages, splayMs: 1_000 })
  const first = Number(told[0]?.split(' ')[0])
  expect(first).toBeGreaterThan(50)
  expect(told).toEqual([
    `${first} SIGTERM process`,
    `${first + 100} SIGINT group`,
    `${first + 300} SIGHUP tree`,
    `${first + 300} SIGKILL group`,
  ])
})

test('a group that outlives an exit of its own gets SIGKILL and none of the stages', async () => {
  const { told } = await cut({ exitsAfterMs: 10, code: 0, forks: [deaf] }, { stages })
  expect(told).toEqual(['10 SIGKILL group'])
})
