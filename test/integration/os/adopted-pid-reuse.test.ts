import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { fixture } from '../support/zoo.ts'

expectNoLeaks()

/** A pid namespace in which the next pid can be chosen; its processes end with it, whatever happens. */
const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child']
const ways = [namespace, ['--map-root-user', '--user', ...namespace]]
const choosesPids = 'echo 100 > /proc/sys/kernel/ns_last_pid'
const way = ways.find((options) => spawnSync('unshare', [...options, 'sh', '-c', choosesPids]).status === 0)
const reason = 'pids can be reused on purpose only where `unshare --pid` and writing ns_last_pid are permitted'
if (way === undefined) console.warn(`SKIP the adoption of a reused pid: ${reason}`)

function adopt(...args: readonly string[]): unknown {
  if (way === undefined) expect.unreachable(`REQUIRE_ALL=1, and ${reason}`)
  const program = [process.execPath, fixture('processes/adopts-reused-pid.ts'), ...args]
  // Not as the first process of the namespace, which no signal without a handler would reach: pid_namespaces(7). It
  // reaps what the dead host has left.
  const told = execFileSync('unshare', [...way, 'sh', '-c', '"$@"; exit $?', 'sh', ...program], { encoding: 'utf8' })
  return JSON.parse(told)
}

test.skipIf(way === undefined && process.env['REQUIRE_ALL'] !== '1')(
  'whoever has the pid of a life that is over is no part of it: it is told as over, and nobody is signalled',
  () => {
    expect(adopt()).toEqual({
      reused: true,
      differs: true,
      look: 'gone',
      delivered: [false, false, false, false],
      found: [],
      seen: ['exited', 'drained', 'gone', 'swept'],
      strangerLives: true,
    })
  },
)

test.skipIf(way === undefined && process.env['REQUIRE_ALL'] !== '1')(
  'negative control: on a kernel that tells a stranger for the dead, the stranger is signalled and dies',
  () => {
    expect(adopt('unchecked')).toMatchObject({ reused: true, differs: true, strangerLives: false })
  },
)
