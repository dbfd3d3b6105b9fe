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
if (way === undefined) console.warn(`SKIP the reuse of a pid: ${reason}`)

test.skipIf(way === undefined && process.env['REQUIRE_ALL'] !== '1')(
  'whoever is given the pid of a process that has ended is never signalled in its place, and without the check dies',
  () => {
    if (way === undefined) expect.unreachable(`REQUIRE_ALL=1, and ${reason}`)
    // Not as the first process of the namespace, which no signal without a handler would reach: pid_namespaces(7).
    const program = [process.execPath, fixture('processes/reused-pid.ts')]
    const told = execFileSync('unshare', [...way, 'sh', '-c', '"$@"; exit $?', 'sh', ...program], { encoding: 'utf8' })
    expect(JSON.parse(told)).toEqual({
      reused: true,
      differs: true,
      stop: 'ERR_IDENTITY_MISMATCH',
      stopAlone: 'ERR_IDENTITY_MISMATCH',
      stopKnown: 'exited',
      find: 'ERR_IDENTITY_MISMATCH',
      tree: 'ERR_IDENTITY_MISMATCH',
      wait: 'resolved',
      signal: false,
      livesWithTheCheck: true,
      // Negative control: the bare number reaches the stranger.
      livesWithoutIt: false,
    })
  },
)
