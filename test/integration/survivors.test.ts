import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { nodeHost } from '../../src/os/node-host.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { guardsOf, isAlive } from './support/processes.ts'
import { allDead, pidsIn, runHost } from './support/run-host.ts'
import { scratchFile } from './support/scratch.ts'
import { supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, zoo } from './support/zoo.ts'

expectNoLeaks()

/** Says a number after the other for as long as it lives, to a file. */
const counts = (file: string) => ({
  ...sh('i=0; while :; do i=$((i + 1)); echo "$i"; sleep 0.01; done'),
  lifetime: 'survivor' as const,
  stdio: { stdout: { file }, stderr: { file } },
})

const linesIn = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1)

function killedAtTheEnd(pids: readonly number[]): void {
  onTestFinished(async () => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await allDead(pids)
  })
}

test.each(['is killed -9', 'exits', 'throws', 'rejects'] as const)(
  'a survivor goes on, without a gap, when its host %s; what is tethered or attached does not',
  async (ending) => {
    const file = scratchFile()
    const children = [
      { id: 'survivor', ...counts(file) },
      { id: 'tethered', ...zoo('sleeps'), lifetime: 'tethered', stop: { killTimeoutMs: 100 } },
      { id: 'attached', ...zoo('sleeps'), lifetime: 'attached' },
    ]
    const isKilled = ending === 'is killed -9'
    const host = runHost('starts', { supervisor: { children }, ...(!isKilled && { ending }) })
    const [survivor = 0, tethered = 0, attached = 0] = pidsIn(await host.hears('started'))
    killedAtTheEnd([survivor, tethered, attached])
    if (isKilled) await host.killed()
    await host.exited
    // The guard has done all it does, and the survivor is none of it.
    await allDead(isKilled ? [tethered] : [tethered, attached])
    // Negative control: a host that is killed takes nothing with it by itself.
    expect(isAlive(attached)).toBe(isKilled)
    const known = linesIn(file).length
    await until('it has gone on', () => linesIn(file).length > known + 10)
    expect(isAlive(survivor)).toBe(true)
    const lines = linesIn(file)
    expect(lines).toEqual(lines.map((_, index) => String(index + 1)))
  },
)

test('a survivor is stopped with its supervisor, all of its group', async () => {
  const file = scratchFile()
  const { supervisor } = supervise({ children: [{ id: 'survivor', ...counts(file) }] })
  await supervisor.start()
  const pid = supervisor.child('survivor')?.view.pid ?? 0
  const { children, survivors } = await supervisor.stop()
  expect(children).toMatchObject([{ id: 'survivor', outcome: 'stopped', escalated: false }])
  expect(survivors).toEqual([])
  expect(isAlive(pid)).toBe(false)
})

test('the exit of a survivor is seen as usual while its host lives', async () => {
  const { supervisor } = supervise({
    children: [{ id: 'survivor', ...sh('exit 3'), lifetime: 'survivor', stdio: 'ignore', restart: 'temporary' }],
  })
  await supervisor.start()
  const view = await supervisor
    .child('survivor')
    ?.when('stopped')
    .catch(() => supervisor.child('survivor')?.view)
  expect(view).toMatchObject({ outcome: 'failed', lastExit: { code: 3, signal: null } })
  await supervisor.stop()
})

/** What the descriptors of this process lead to. */
const open = (): readonly string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      // The one the listing itself was read from.
      return []
    }
  })

test('for a survivor there is no guard, no exit listener, and no descriptor of its in the host', async () => {
  const file = scratchFile()
  const listeners = process.listenerCount('exit')
  // libuv makes pipes of sockets.
  const pipes = (): number => open().filter((target) => /^(?:pipe|socket):/.test(target)).length
  const before = pipes()
  const { supervisor } = supervise({ children: [{ id: 'survivor', ...counts(file) }] })
  await supervisor.start()
  expect(process.listenerCount('exit')).toBe(listeners)
  expect(guardsOf(nodeHost().hostId)).toEqual([])
  expect(open()).not.toContain(file)
  expect(pipes()).toBe(before)
  await supervisor.stop()

  // Negative control: of an ordinary child there are two.
  const other = supervise({ children: [{ id: 'attached', ...zoo('sleeps'), lifetime: 'attached' }] })
  await other.supervisor.start()
  expect(process.listenerCount('exit')).toBe(listeners + 1)
  expect(pipes()).toBe(before + 2)
})
