import { floodCount, lineCount, longLineLength } from '../../contract/process-host.ts'
import type { BehaviourName, ProcessHostHarness } from '../../contract/process-host.ts'
import type { ProcessHost } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'

const programs: Partial<Record<BehaviourName, Behaviour>> = {
  sleeps: { prints: ['ready'] },
  'exits-3': { exitsAfterMs: 5, code: 3 },
  'kills-itself': { exitsAfterMs: 5, signal: 'SIGKILL' },
  'ignores-term': { prints: ['ready'], onSignal: { SIGTERM: 'ignore' } },
  graceful: { prints: ['ready'], onSignal: { SIGTERM: { afterMs: 20, code: 7 } } },
  'forks-tree': { prints: ['ready'], forks: [{}, { forks: [{}] }] },
  'holds-pipe': { prints: ['ready'], exitsAfterMs: 1, forks: [{ holdsPipe: true }] },
  'escapes-session': { prints: ['ready'], forks: [{ leavesGroup: true }] },
  'splits-session': {
    prints: ['ready'],
    onSignal: { SIGTERM: 'ignore' },
    forks: [{}, { leavesGroup: true, forks: [{}] }],
  },
  'stays-stopped': { prints: ['ready'] },
  'prints-lines': {
    exitsAfterMs: 5,
    prints: Array.from({ length: lineCount }, (_, index) => [
      `out ${index + 1}`,
      { source: 'stderr', text: `err ${index + 1}` } as const,
    ]).flat(),
  },
  'last-line-without-newline': { exitsAfterMs: 5, prints: ['first', 'last'] },
  'long-line': { exitsAfterMs: 5, prints: ['x'.repeat(longLineLength), 'end'] },
  floods: { exitsAfterMs: 5, prints: Array.from({ length: floodCount }, (_, index) => `flood ${index + 1}`) },
}

const failures: Partial<Record<BehaviourName, string>> = {
  'missing-cwd': 'ERR_CWD_NOT_FOUND',
  'cwd-is-a-file': 'ERR_CWD_NOT_FOUND',
  'not-executable': 'EACCES',
}

/** The suite's harness for a world; `disturb` puts a broken host in the place of the world's own. */
export function simulatedHarness(disturb: (host: ProcessHost) => ProcessHost = (host) => host) {
  return (): ProcessHostHarness => {
    const world = createWorld()
    for (const [name, behaviour] of Object.entries(programs)) world.program(name, behaviour)
    const session = disturb(world.ports.host).open({ treeId: 'tree', report: () => {} })
    const relatives = new Map<string, readonly number[]>()

    return {
      bootId: world.ports.host.bootId,
      session: {
        ...session,
        spawn(request, observe) {
          const { command, life: key } = request
          const life = session.spawn(request, (observation) => {
            if (observation.kind === 'spawned') {
              const kin = world.processes().filter((process) => process.life === key)
              relatives.set(
                key.stream,
                kin.map(({ pid }) => pid).filter((pid) => pid !== observation.pid),
              )
            }
            // Stops itself, which behaviours cannot say.
            if (command === 'stays-stopped' && observation.kind === 'line') life.signal('SIGSTOP', 'process', () => {})
            observe(observation)
          })
          return life
        },
      },
      program(name) {
        const failure = failures[name]
        if (failure !== undefined) world.fail.spawn(failure)
        return { command: name, args: [] }
      },
      async settle(what, condition) {
        for (let step = 0; step < 100; step += 1) {
          await world.advance(step === 0 ? 0 : 10)
          if (condition()) return
        }
        throw new Error(`Never came: ${what}`)
      },
      isAlive: (pid) => world.processes().some((process) => process.pid === pid),
      relatives: ({ request }) => relatives.get(request.life.stream) ?? [],
      close: () => Promise.resolve(),
    }
  }
}
