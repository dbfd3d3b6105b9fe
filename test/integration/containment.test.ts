import { describe, expect, test } from 'vitest'
import { createHost } from '../../src/os/host.ts'
import { createGuard } from '../../src/os/guard.ts'
import { realKernel } from '../../src/os/kernel.ts'
import { systemRandom } from '../../src/os/system-random.ts'
import { endMarked, marked, newMark, sleepers } from '../fixtures/containment/marked.ts'
import { shapes } from '../fixtures/containment/shapes.ts'
import { can, cgroupsOf, sayWhatIsMissing } from './os/containment-support.ts'
import { asRoot } from './os/users-support.ts'
import { processes } from './processes/support.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { runHost } from './support/run-host.ts'
import { recordOf, rejection, supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, whenReady } from './support/zoo.ts'

expectNoLeaks()
sayWhatIsMissing('contained children')

type Lifetime = 'tethered' | 'attached'
type Level = 'group' | 'pidns' | 'cgroup'

/** All eight shapes, as children of one supervisor. */
function everyShape(containment: Level, lifetime: Lifetime) {
  const family = shapes.map((shape, index) => ({ ...shape, mark: newMark(), id: String(index) }))
  const children = family.map(({ id, script, mark }) => ({
    id,
    ...sh(script(mark)),
    ready: { line: 'up' },
    containment,
    lifetime,
    stop: { killTimeoutMs: 100 },
  }))
  return {
    plan: { supervisor: { children } },
    children,
    /** The names of those of whom something lives. */
    alive: () => family.filter(({ mark }) => marked(mark).length > 0).map(({ name }) => name),
    end: () => family.forEach(({ mark }) => endMarked(mark)),
  }
}

const all = shapes.map(({ name }) => name)
const unfound = shapes.filter(({ found }) => !found).map(({ name }) => name)

const sleeper = {
  id: 'sleeper',
  ...sh('echo ready; exec sleep 300'),
  ready: { line: 'ready' },
  containment: 'cgroup',
  lifetime: 'attached',
} as const

// 'group' is the control: there one shape lives on, whatever ends the others.
for (const level of ['group', 'pidns', 'cgroup'] as const) {
  const left = level === 'group' ? unfound : []

  describe.skipIf(level !== 'group' && !can(level))(`what is left of eight shapes in a ${level}`, () => {
    test('after a stop', async () => {
      const { children, alive, end } = everyShape(level, 'tethered')
      try {
        const { supervisor } = supervise({ children })
        await supervisor.start()
        expect(alive()).toEqual(all)
        const { survivors } = await supervisor.stop()
        expect(survivors).toEqual([])
        expect(alive()).toEqual(left)
      } finally {
        end()
      }
    })

    test('after exits that nobody asked for', async () => {
      const { children, alive, end } = everyShape(level, 'attached')
      try {
        const told = supervise({ children: children.map((child) => ({ ...child, restart: 'temporary' as const })) })
        await told.supervisor.start()
        for (const child of told.supervisor.children()) expect(await child.signal('SIGKILL')).toBe(true)
        for (const { id } of children) await told.event('child.stopped', id)
        expect(alive()).toEqual(left)
        // Nothing of it was an escape: whoever was left is ended with what held it.
        const swept = told.of('signal.sent').filter(({ data }) => data.to === 'escapee')
        expect(swept.length > 0).toBe(level === 'group')
      } finally {
        end()
      }
    })

    test('after kill -9 of the host, tethered', async () => {
      const { plan, alive, end } = everyShape(level, 'tethered')
      try {
        const host = runHost('starts', plan)
        await host.hears('started')
        expect(alive()).toEqual(all)
        await host.killed()
        await until('the guard is done', () => alive().length <= left.length)
        expect(alive()).toEqual(left)
        await until('the cgroups are removed', () => cgroupsOf(host.pid).length === 0)
      } finally {
        end()
      }
    })

    test('after an exit of the host, attached', async () => {
      const { plan, alive, end } = everyShape(level, 'attached')
      try {
        const host = runHost('starts', { ...plan, ending: 'exits' })
        expect((await host.exited).code).toBe(7)
        await until('what was signalled is dead', () => alive().length <= left.length)
        expect(alive()).toEqual(left)
        if (level !== 'cgroup') return
        // By itself, or else by the next host that makes some.
        await runHost('starts', { supervisor: { children: [sleeper] }, ending: 'exits' }).exited
        expect(cgroupsOf(host.pid)).toEqual([])
      } finally {
        end()
      }
    })
  })
}

for (const containment of ['pidns', 'cgroup'] as const) {
  describe.skipIf(!can(containment))(`a child in a ${containment}`, () => {
    const contained = { containment, ...whenReady }

    test('is told once a session, with its first life, to be in force', async () => {
      const sleeps = { ...contained, ...sh('echo ready; exec sleep 300') }
      const told = supervise({
        children: [
          { id: 'a', ...sleeps },
          { id: 'b', ...sleeps },
        ],
      })
      expect(told.of('containment.reported')).toEqual([])
      await told.supervisor.start()
      await told.child('a').restart()
      const data = { subject: containment, message: expect.stringContaining('of its own') }
      expect(told.of('containment.reported').map((event) => event.data)).toEqual([data])
      const added = (await recordOf(told.supervisor)).find((event) => event.type === 'child.added')
      expect(added?.data.spec).toMatchObject({ containment })
    })

    test('is stopped by its own code, without SIGKILL, and starts again', async () => {
      const told = supervise({
        children: [{ id: 'web', ...contained, ...sh("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done") }],
      })
      await told.supervisor.start()
      const [first] = told.of('process.spawned')
      await told.child('web').restart()
      const { children } = await told.supervisor.stop()
      expect(children).toMatchObject([{ outcome: 'stopped', exit: { code: 7, signal: null }, escalated: false }])
      expect(told.of('process.exited').map(({ data }) => data.code)).toEqual([7, 7])
      expect(told.of('process.exited')[0]?.data.identity).toEqual(first?.data.identity)
      expect(told.of('signal.sent').map(({ data }) => data.signal)).toEqual(['SIGTERM', 'SIGTERM'])
    })

    test('that crashes alone is restarted, and no SIGKILL is claimed', async () => {
      const told = supervise({
        children: [
          {
            id: 'web',
            containment,
            ...sh('exit 3'),
            restart: { type: 'permanent', limit: { restarts: 2, withinMs: 60_000 }, backoff: { minMs: 0, maxMs: 0 } },
          },
        ],
      })
      await told.supervisor.start()
      await told.event('restart.abandoned')
      expect(told.of('process.exited').map(({ data }) => data.code)).toEqual([3, 3, 3])
      expect(told.of('signal.sent')).toEqual([])
    })

    test('is stopped at once after its spawn', async () => {
      const told = supervise({ children: [{ id: 'web', containment, ...sh('exec sleep 300') }] })
      const started = told.supervisor.start().catch(() => {})
      const { survivors } = await told.supervisor.stop({ now: true })
      await started
      expect(survivors).toEqual([])
    })

    test('leaves nothing behind that the host keeps', async () => {
      const { supervisor } = supervise({ children: [{ id: 'web', ...contained, ...sh('echo ready; exec sleep 300') }] })
      const before = process.getActiveResourcesInfo().length
      await supervisor.start()
      expect(cgroupsOf(process.pid)).toHaveLength(containment === 'cgroup' ? 1 : 0)
      await supervisor.stop()
      expect(cgroupsOf(process.pid)).toEqual([])
      await until('handles are closed', () => process.getActiveResourcesInfo().length <= before)
    })

    test('attached survives a host that is killed; what was made for it goes when it does, or with the next host', async () => {
      const mark = newMark()
      const child = {
        id: 'web',
        ...sh(`echo up; exec sleep ${mark}`),
        ready: { line: 'up' },
        containment,
        lifetime: 'attached',
      }
      const plan = { supervisor: { children: [child] } }
      const host = runHost('starts', plan)
      await host.hears('started')
      await host.killed()
      const [program = 0] = sleepers(mark)
      expect(program).toBeGreaterThan(1)
      process.kill(program, 'SIGKILL')
      // Whatever stands by for it ends by itself.
      await until('nobody is left', () => marked(mark).length === 0)
      const next = runHost('starts', { ...plan, ending: 'exits' })
      await next.exited
      expect(cgroupsOf(host.pid)).toEqual([])
      await until('the next one, too', () => marked(mark).length === 0)
    })

    test('that is a survivor lives on when its host ends, and what was made for it ends with it', async () => {
      const mark = newMark()
      const nowhere = { file: '/dev/null' }
      const child = {
        id: 'web',
        command: 'sleep',
        args: [mark],
        containment,
        lifetime: 'survivor',
        stdio: { stdout: nowhere, stderr: nowhere },
      }
      const host = runHost('starts', { supervisor: { children: [child] }, ending: 'exits' })
      await host.exited
      const [program = 0] = await until('it sleeps', () => sleepers(mark).length > 0 && sleepers(mark))
      process.kill(program, 'SIGKILL')
      await until('nobody is left', () => marked(mark).length === 0)
    })

    test('may be run without a supervisor, with no warning', async () => {
      const warnings: string[] = []
      const warn = (warning: Error): void => void warnings.push(warning.message)
      process.on('warning', warn)
      const { stdout, exit } = await processes.runProcess({ ...sh('echo out; exit 3'), containment })
      await new Promise((resolve) => setImmediate(resolve))
      process.off('warning', warn)
      expect([stdout, exit.code, warnings]).toEqual(['out\n', 3, []])
      const stopped = await rejection(
        processes.runProcess({ ...sh('setsid sleep 300 & exec sleep 300'), containment }, { timeoutMs: 200 }),
      )
      expect(stopped).toMatchObject({ code: 'ERR_RUN_TIMEOUT' })
    })

    asRoot('is of the user that was asked for, with its groups and its name', async () => {
      const script = sh('id -u; id -g; id -G; echo "$0"; grep CapEff /proc/self/status; setsid sleep 300 & exit 0')
      const exact = await processes.runProcess({
        ...script,
        containment,
        user: { uid: 61_999, gid: 61_998 },
        argv0: 'me',
      })
      expect(exact.stdout.split('\n').slice(0, 3)).toEqual(['61999', '61998', '61998'])
      expect(exact.stdout).toContain('CapEff:\t0000000000000000')
      const named = await processes.runProcess({ ...script, containment, user: 'nobody' })
      const without = await processes.runProcess({ ...script, user: 'nobody' })
      expect(named.stdout).toBe(without.stdout)
    })
  })
}

const nothing = { possible: false, missing: 'there is no such thing' } as const
const containments = () => nothing

test('a containment that this machine lacks fails the start, says what is missing, and runs nothing', async () => {
  const host = createHost({ random: systemRandom, kernel: realKernel(), createGuard, containments })
  const told = supervise({ children: [{ id: 'web', ...sh('exec sleep 300'), containment: 'cgroup' }], ports: { host } })
  const error = await rejection(told.supervisor.start())
  expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', child: 'web' })
  expect(error).toHaveProperty(
    'message',
    expect.stringContaining("no `containment: 'cgroup'` here, since there is no such thing"),
  )
  expect(told.of('process.spawned')).toEqual([])
  expect(told.of('containment.reported')).toEqual([])
})
