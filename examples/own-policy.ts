import assert from 'node:assert/strict'
import { createSupervisor, type OnUnexpectedExit } from '../src/index.ts'
import { createWorld } from '../src/testing/index.ts'

// A restart policy of your own, and its test: no real process, no real time. An hour takes a few milliseconds.

/** EX_CONFIG of sysexits.h: who cannot read its configuration will not read it better the second time. */
const badConfiguration = 78

/** Restarts after a crash, unless a restart cannot help. */
export const unlessMisconfigured: OnUnexpectedExit = ({ code }) => code !== badConfiguration

async function livesOf(exitCode: number): Promise<number> {
  const world = createWorld({ seed: 1 })
  world.program('server', { prints: ['ready'], exitsAfterMs: 60_000, code: exitCode })
  const supervisor = createSupervisor({
    ports: world.ports,
    children: [
      {
        id: 'server',
        command: 'server',
        ready: { line: 'ready' },
        restart: {
          type: 'permanent',
          limit: { restarts: Infinity, withinMs: Infinity },
          onUnexpectedExit: unlessMisconfigured,
        },
      },
    ],
  })
  const started = supervisor.start()
  await world.advance(3_600_000)
  await started

  const { incarnation } = supervisor.child('server')?.view ?? assert.fail('no server')
  const stopped = supervisor.stop()
  await world.advance(10_000)
  await stopped
  assert.deepEqual(world.processes(), [], 'nothing is left alive')
  return incarnation
}

// One minute each, and a wait of half a second to a second in between.
assert.equal(await livesOf(1), 60)
assert.equal(await livesOf(badConfiguration), 1)
console.log('ok: 60 lives in an hour of crashes, one with a bad configuration')
