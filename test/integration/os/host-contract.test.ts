import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeHost } from '../../../src/os/node-host.ts'
import { describeProcessHost, floodCount, lineCount, longLineLength } from '../../contract/process-host.ts'
import type { BehaviourName, ProcessHostHarness } from '../../contract/process-host.ts'

const zoo = (file: string): string => fileURLToPath(new URL(`../../fixtures/zoo/${file}`, import.meta.url))
const sh = (file: string, ...args: readonly string[]) => ({ command: 'sh', args: [zoo(file), ...args] })

const programs: Record<BehaviourName, { command: string; args: readonly string[]; cwd?: string }> = {
  sleeps: sh('sleeps.sh'),
  'exits-3': sh('exits-fast.sh', '3'),
  'kills-itself': sh('kills-itself.sh'),
  'ignores-term': sh('ignores-term.sh'),
  graceful: sh('graceful.sh', '7'),
  'forks-tree': sh('forks-tree.sh'),
  'holds-pipe': sh('holds-pipe.sh'),
  'escapes-session': sh('daemonises.sh'),
  'splits-session': sh('splits-session.sh'),
  'stays-stopped': sh('stays-stopped.sh'),
  'prints-lines': sh('prints-lines.sh', String(lineCount)),
  'last-line-without-newline': sh('last-line-without-newline.sh'),
  'long-line': sh('long-line.sh', String(longLineLength)),
  floods: sh('floods.sh', String(floodCount)),
  'missing-command': { command: zoo('no-such-program'), args: [] },
  'missing-cwd': { ...sh('sleeps.sh'), cwd: zoo('no-such-folder') },
  'cwd-is-a-file': { ...sh('sleeps.sh'), cwd: zoo('not-executable.txt') },
  'not-executable': { command: zoo('not-executable.txt'), args: [] },
}

/** A hang guard: hundreds of times what any of it takes. */
const neverMs = 60_000

/** Whether the kernel knows the process, and not as a zombie, which answers signals just like the living. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

function realHarness(): ProcessHostHarness {
  const host = nodeHost()
  const session = host.open({ treeId: 'contract', report: () => {} })
  return {
    bootId: host.bootId,
    session,
    program: (name) => programs[name],
    async settle(what, condition) {
      for (const begun = performance.now(); !condition(); await delay(2)) {
        if (performance.now() - begun > neverMs) throw new Error(`Never came: ${what}`)
      }
    },
    isAlive,
    relatives: ({ seen }) =>
      seen.flatMap((observation) => {
        const pid = observation.kind === 'line' ? /^pid (\d+)$/.exec(observation.text)?.[1] : undefined
        return pid === undefined ? [] : [Number(pid)]
      }),
    async close() {
      session.close()
    },
  }
}

describeProcessHost('the host of this machine keeps the contract of a process host', realHarness)
