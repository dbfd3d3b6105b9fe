import { execFileSync, spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import { fixture } from './zoo.ts'

/** A pid namespace in which the next pid can be chosen; its processes end with it, whatever happens. */
const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child']
const ways = [namespace, ['--map-root-user', '--user', ...namespace]]
const choosesPids = 'echo 100 > /proc/sys/kernel/ns_last_pid'
const way = ways.find((options) => spawnSync('unshare', [...options, 'sh', '-c', choosesPids]).status === 0)
const reason = 'pids can be reused on purpose only where `unshare --pid` and writing ns_last_pid are permitted'

/** Whether a test that needs it is to be skipped, which is said; where everything is required it runs, and fails. */
export function skipsWithoutChosenPids(what: string): boolean {
  if (way === undefined) console.warn(`SKIP ${what}: ${reason}`)
  return way === undefined && process.env['REQUIRE_ALL'] !== '1'
}

/** Runs a fixture where pids can be chosen; gives what it has printed, read as JSON. */
export function runWithChosenPids(name: string, ...args: readonly string[]): unknown {
  if (way === undefined) expect.unreachable(`REQUIRE_ALL=1, and ${reason}`)
  const program = [process.execPath, fixture(name), ...args]
  // Not as the first process of the namespace, which no signal without a handler would reach: pid_namespaces(7). It
  // reaps what a dead host has left.
  const told = execFileSync('unshare', [...way, 'sh', '-c', '"$@"; exit $?', 'sh', ...program], { encoding: 'utf8' })
  return JSON.parse(told)
}
