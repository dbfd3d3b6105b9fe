import { readFileSync } from 'node:fs'
import { isSameLife } from '../../../src/os/identity.ts'
import { nodeHost } from '../../../src/os/node-host.ts'
import { readStat } from '../../../src/os/process-table.ts'
import type { LifeObservation, LifeOwner, SpawnRequest } from '../../../src/ports.ts'
import { describeHostRecovery } from '../../contract/host-recovery.ts'
import type { HostRecoveryHarness, LeftLife, LeftProgram } from '../../contract/host-recovery.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { runHost } from '../support/run-host.ts'
import { scratchDirectory } from '../support/scratch.ts'
import { until } from '../support/until.ts'
import { sh, zoo } from '../support/zoo.ts'

expectNoLeaks()

const programs: Record<LeftProgram, Pick<SpawnRequest, 'command' | 'args'>> = {
  sleeps: zoo('sleeps'),
  'ignores-term': zoo('ignores-term'),
  'forks-tree': zoo('forks-tree'),
  'escapes-session': zoo('daemonises'),
  exits: zoo('holds-pipe'),
  'has-ended': sh('echo ready'),
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function realHarness(): HostRecoveryHarness {
  const host = nodeHost()
  const session = host.open({ treeId: 'recovery', report: () => {} })
  /** By pid, of those that were there: what is killed at the end must be what was left in the beginning. */
  const startTicks = new Map<number, number>()
  const isAlive = (pid: number): boolean => isSameLife(readStat(pid), { startTicks: startTicks.get(pid) ?? -1 })
  return {
    async leave(names, lifetime) {
      const directory = scratchDirectory()
      const requests = names.map((name, index): SpawnRequest => ({
        ...programs[name],
        life: { stream: `/${index}`, incarnation: 1 },
        env: {},
        envMode: 'merge',
        shell: false,
        stdin: 'ignore',
        // A file, since a pipe would end with its reader.
        stdout: { file: `${directory}/${index}` },
        stderr: 'ignore',
        lifetime,
        killTimeoutMs: 1_000,
        drainMs: 100,
      }))
      const old = runHost('leaves-behind', requests)
      const told = await old.hears('spawned')
      const owner = told['owner'] as LifeOwner
      const spawned = told['spawned'] as readonly Extract<LifeObservation, { kind: 'spawned' }>[]
      const lives: LeftLife[] = []
      for (const [index, { life }] of requests.entries()) {
        const identity = spawned[index]?.identity
        if (!identity) throw new Error(`No identity of ${JSON.stringify(spawned[index])}`)
        const file = `${directory}/${index}`
        await until(`${names[index]} is ready`, () => read(file).includes('ready\n'))
        // Reaped by its parent or by nobody: a zombie would have a number that is not free.
        const isBrief = names[index] === 'exits' || names[index] === 'has-ended'
        if (isBrief)
          await until('it has exited', () =>
            old.told.some(({ kind, stream }) => kind === 'exited' && stream === life.stream),
          )
        const relatives = [...read(file).matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid))
        for (const pid of [identity.pid, ...relatives]) startTicks.set(pid, readStat(pid)?.startTicks ?? -1)
        lives.push({ request: { life, owner, lifetime, identity, killTimeoutMs: 1_000 }, relatives })
      }
      await old.killed()
      return lives
    },
    now: () => ({ host, session }),
    settle: async (what, condition) => void (await until(what, condition)),
    isAlive,
    kill: (pid) => void (isAlive(pid) && process.kill(pid, 'SIGKILL')),
    async close() {
      session.close()
    },
  }
}

describeHostRecovery('the host of this machine takes over what another has left behind', realHarness)
