import { describe, expect, test } from 'vitest'
import type { ProcessSession } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { describeHostRecovery, hostRecoveryCases, runHostRecoveryCase } from '../../contract/host-recovery.ts'
import type { HostRecoveryHarness, LeftProgram } from '../../contract/host-recovery.ts'

const programs: Record<LeftProgram, Behaviour> = {
  sleeps: {},
  'ignores-term': { onSignal: { SIGTERM: 'ignore' } },
  'forks-tree': { forks: [{}, { forks: [{}] }] },
  'escapes-session': { forks: [{ leavesGroup: true }] },
  exits: { exitsAfterMs: 5, forks: [{}] },
  'has-ended': { exitsAfterMs: 5 },
}

type Adopt = ProcessSession['adopt']

function simulatedHarness(disturb: (adopt: Adopt) => Adopt = (adopt) => adopt): HostRecoveryHarness {
  const world = createWorld()
  for (const [name, behaviour] of Object.entries(programs)) world.program(name, behaviour)
  const sessions = new Map<object, ProcessSession>()
  return {
    async leave(names, lifetime) {
      const { host } = world.ports
      const owner = { hostId: host.hostId, treeId: 'left-behind' }
      const session = host.open({ treeId: owner.treeId, report: () => {} })
      const lives = names.map((command, index) => {
        const life = { stream: `/${index}`, incarnation: 1 }
        const known = { life, lifetime, killTimeoutMs: 1_000 }
        const streams = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const
        const rest = { args: [], env: {}, envMode: 'merge', shell: false, drainMs: 100 } as const
        session.spawn({ ...known, ...streams, ...rest, command }, () => {})
        const [leader, ...relatives] = world.processes().filter((row) => row.life === life)
        if (leader === undefined) throw new Error(`${command} was not started`)
        return {
          request: { ...known, owner, identity: leader.identity },
          relatives: relatives.map(({ pid }) => pid),
        }
      })
      await world.advance(50)
      world.crash()
      return lives
    },
    now() {
      const { host } = world.ports
      const session = sessions.get(host) ?? host.open({ treeId: 'recovery', report: () => {} })
      sessions.set(host, session)
      return { host, session: { ...session, adopt: disturb((request, observe) => session.adopt(request, observe)) } }
    },
    async settle(what, condition) {
      for (let step = 0; step < 100; step += 1) {
        await world.advance(step === 0 ? 0 : 10)
        if (condition()) return
      }
      throw new Error(`Never came: ${what}`)
    },
    isAlive: (pid) => world.processes().some((row) => row.pid === pid),
    kill: (pid) => world.exit(pid, { signal: 'SIGKILL' }),
    async close() {
      expect(world.problems).toEqual([])
    },
  }
}

describeHostRecovery('the simulated host takes over what another has left behind', () => simulatedHarness())

/** Hosts that break one promise each, and the promise that has to fail for it. */
const broken: Readonly<Record<string, readonly [string, (adopt: Adopt) => Adopt]>> = {
  'looks at no boot id': [
    'what ran before the last boot is over at once, and no signal is sent',
    (adopt) => (request, observe) =>
      adopt({ ...request, identity: request.identity && { ...request.identity, bootId: createdBootId } }, observe),
  ],
  'invents an exit code': [
    'of what had ended everything is told at the first look, and there is nothing to signal',
    (adopt) => (request, observe) =>
      adopt(request, (seen) => observe(seen.kind === 'exited' ? { ...seen, code: 0 } : seen)),
  ],
  'calls a group gone with its leader': [
    'a group whose leader is long dead is known all the same',
    (adopt) => (request, observe) =>
      adopt(request, (seen) => {
        if (seen.kind !== 'gone') observe(seen)
        if (seen.kind === 'drained') observe({ kind: 'gone' })
      }),
  ],
  'signals the leader alone': [
    'a group whose leader is long dead is known all the same',
    (adopt) => (request, observe) => {
      const life = adopt(request, observe)
      return { ...life, signal: (signal, _to, done) => life.signal(signal, 'process', done) }
    },
  ],
  'overlooks escapees': [
    'what has left the group is found by its cookie and killed, and swept means that it is dead',
    (adopt) => (request, observe) =>
      adopt(request, (seen) => {
        if (seen.kind !== 'escapee') observe(seen)
      }),
  ],
  'tells within the call': [
    'the end of an adopted leader is seen although nobody signalled it',
    (adopt) => (request, observe) => {
      observe({ kind: 'exited', code: null, signal: null })
      return adopt(request, observe)
    },
  ],
}
const createdBootId = createWorld().ports.host.bootId

describe('the contract catches a host that', () => {
  test.each(Object.entries(broken))('%s', async (_, [fails, disturb]) => {
    const failed: string[] = []
    for (const promise of hostRecoveryCases) {
      await runHostRecoveryCase(promise, () => simulatedHarness(disturb)).catch(() => failed.push(promise.name))
    }
    expect(failed).toContain(fails)
    expect(failed.length).toBeLessThan(hostRecoveryCases.length)
  })
})
