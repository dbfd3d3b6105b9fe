import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { LifeObservation, ProcessLife, SpawnRequest } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import type { Behaviour, World, WorldOptions } from '../../../src/testing/index.ts'

const requestFor = (command: string, rest: Partial<SpawnRequest> = {}): SpawnRequest => ({
  life: { stream: `/${command}`, incarnation: 1 },
  command,
  args: [],
  env: {},
  envMode: 'merge',
  shell: false,
  stdin: 'ignore',
  stdout: 'lines',
  stderr: 'lines',
  lifetime: 'tethered',
  killTimeoutMs: 5_000,
  drainMs: 200,
  ...rest,
})

/** A world with one session in it, whose observations come with their time. */
function createScene(programs: Readonly<Record<string, Behaviour>> = {}, options: WorldOptions = {}) {
  const world: World = createWorld(options)
  for (const [command, behaviour] of Object.entries(programs)) world.program(command, behaviour)
  const session = world.ports.host.open({ treeId: 'tree', report: () => {} })
  const told: string[] = []
  const observe = (observation: LifeObservation): void => {
    const { kind } = observation
    if (kind === 'line') told.push(`${world.now} ${observation.source} ${observation.text}`)
    else if (kind === 'exited') told.push(`${world.now} exited ${observation.code ?? observation.signal}`)
    else if (kind === 'drained') told.push(`${world.now} drained${observation.cut ? ' cut' : ''}`)
    else if (kind === 'spawnFailed') told.push(`${world.now} spawnFailed ${observation.errno ?? observation.code}`)
    else told.push(`${world.now} ${kind}`)
  }
  const spawn = (command: string, rest?: Partial<SpawnRequest>): ProcessLife =>
    session.spawn(requestFor(command, rest), observe)
  const pids = (): readonly number[] => world.processes().map(({ pid }) => pid)
  return { world, session, told, spawn, pids }
}

const signal = (life: ProcessLife, name: NodeJS.Signals | 0, to: 'process' | 'group' = 'group'): boolean => {
  let answer: boolean | undefined
  life.signal(name, to, (delivered) => {
    answer = delivered
  })
  if (answer === undefined) throw new Error('No answer')
  return answer
}

describe('programs', () => {
  test('a program without behaviour runs until a signal ends it', async () => {
    const { world, told, spawn } = createScene({ web: {} })
    const life = spawn('web')
    expect(told).toEqual(['0 spawned'])
    await world.advance(1_000_000)
    signal(life, 'SIGTERM')
    expect(told).toEqual(['0 spawned'])
    await world.advance(0)
    const end = ['exited SIGTERM', 'drained', 'gone', 'swept'].map((what) => `1000000 ${what}`)
    expect(told).toEqual(['0 spawned', ...end])
    expect(world.processes()).toEqual([])
  })

  test.each<[Behaviour, string]>([
    [{ exitsAfterMs: 30 }, '30 exited 0'],
    [{ exitsAfterMs: 30, code: 4 }, '30 exited 4'],
    [{ exitsAfterMs: 30, signal: 'SIGSEGV' }, '30 exited SIGSEGV'],
    [{ code: 4 }, '0 exited 4'],
    [{ signal: 'SIGABRT' }, '0 exited SIGABRT'],
    [{ onSignal: { SIGTERM: 'ignore' } }, '100 exited SIGKILL'],
    [{ onSignal: { SIGTERM: 'exit' } }, '50 exited 0'],
    [{ onSignal: { SIGTERM: 'exit' }, code: 9 }, '50 exited 9'],
    [{ onSignal: { SIGTERM: { afterMs: 20, code: 3 } } }, '70 exited 3'],
    [{ onSignal: { SIGTERM: { afterMs: 51, code: 3 } } }, '100 exited SIGKILL'],
    [{}, '50 exited SIGTERM'],
  ])('%j, SIGTERM at 50, SIGKILL at 100: %s', async (behaviour, expected) => {
    const { world, told, spawn } = createScene({ web: behaviour })
    const life = spawn('web')
    await world.advance(50)
    signal(life, 'SIGTERM')
    await world.advance(50)
    signal(life, 'SIGKILL')
    await world.advance(50)
    expect(told.filter((line) => line.includes('exited'))).toEqual([expected])
  })

  test('prints come at their time, before an end in the same instant, and stop with the process', async () => {
    const { world, told, spawn } = createScene({
      web: {
        prints: ['now\nand now', { text: 'later', source: 'stderr', afterMs: 30 }, { text: 'never', afterMs: 31 }],
        exitsAfterMs: 30,
      },
    })
    spawn('web')
    expect(told).toEqual(['0 spawned'])
    await world.advance(100)
    expect(told.slice(1, 5)).toEqual(['0 stdout now', '0 stdout and now', '30 stderr later', '30 exited 0'])
    expect(told.some((line) => line.includes('never'))).toBe(false)
  })

  test('a program can be chosen for each life', async () => {
    const { world, told, spawn } = createScene()
    world.program('web', ({ stream, incarnation }, n) => ({ prints: [`${stream} ${incarnation} ${n}`], code: 0 }))
    spawn('web')
    await world.advance(0)
    spawn('web', { life: { stream: '/web', incarnation: 2 } })
    await world.advance(0)
    expect(told.filter((line) => line.includes('stdout'))).toEqual(['0 stdout /web 1 1', '0 stdout /web 2 2'])
  })

  test('a command nobody speaks for is missing, unless * speaks for it', async () => {
    const { world, told, spawn } = createScene({ web: {} })
    spawn('wbe')
    expect(told).toEqual([])
    await world.advance(0)
    expect(told).toEqual(['0 spawnFailed ENOENT'])
    world.program('*', {})
    spawn('wbe')
    expect(told.at(-1)).toBe('0 spawned')
  })

  test('spawnMs delays what is told of the spawn, and the process itself', async () => {
    const { world, told, spawn, pids } = createScene({ web: { spawnMs: 40, exitsAfterMs: 10 } })
    const life = spawn('web')
    expect([signal(life, 'SIGTERM'), pids()]).toEqual([false, []])
    await world.advance(100)
    expect(told.slice(0, 2)).toEqual(['40 spawned', '50 exited 0'])
  })

  test('fail.spawn fails the next spawns, then no more', async () => {
    const { world, told, spawn } = createScene({ web: {} })
    world.fail.spawn('EMFILE', 2)
    world.fail.spawn('ERR_CWD_NOT_FOUND')
    for (let n = 0; n < 4; n += 1) {
      spawn('web')
      await world.advance(0)
    }
    const failures = ['EMFILE', 'EMFILE', 'ERR_CWD_NOT_FOUND'].map((code) => `0 spawnFailed ${code}`)
    expect(told).toEqual([...failures, '0 spawned'])
    expect(() => world.fail.spawn('EMFILE', -1)).toThrow('Expected `times` to be an integer >= 0, got -1')
  })
})

describe('signals', () => {
  test('a stopped process acts only when it is continued, on all that came meanwhile', async () => {
    const { world, told, spawn } = createScene({ web: { prints: [{ text: 'tick', afterMs: 10 }] } })
    const life = spawn('web')
    signal(life, 'SIGSTOP')
    signal(life, 'SIGHUP')
    await world.advance(50)
    expect(told).toEqual(['0 spawned'])
    expect(world.processes()[0]?.state).toBe('stopped')
    signal(life, 'SIGCONT')
    await world.advance(0)
    expect(told.slice(1, 2)).toEqual(['50 exited SIGHUP'])
  })

  test('SIGKILL ends a stopped process', async () => {
    const { world, told, spawn } = createScene({ web: {} })
    const life = spawn('web')
    signal(life, 'SIGSTOP')
    signal(life, 'SIGKILL')
    await world.advance(0)
    expect(told[1]).toBe('0 exited SIGKILL')
  })

  test.each(['SIGCHLD', 'SIGCONT', 'SIGTSTP', 'SIGURG', 'SIGWINCH'] as const)('%s harms nobody', async (name) => {
    const { world, told, spawn } = createScene({ web: {} })
    expect(signal(spawn('web'), name)).toBe(true)
    await world.advance(0)
    expect(told).toEqual(['0 spawned'])
    expect(world.processes()[0]?.state).toBe('running')
  })

  test('nothing ends an unkillable process but the world itself', async () => {
    const { world, told, spawn, pids } = createScene({ web: { unkillable: true } })
    const life = spawn('web')
    for (const name of ['SIGTERM', 'SIGKILL'] as const) expect(signal(life, name)).toBe(true)
    await world.advance(10_000)
    expect(told).toEqual(['0 spawned'])
    world.exit(pids()[0] ?? 0, { signal: 'SIGKILL' })
    await world.advance(0)
    expect(told.slice(1)).toEqual(['exited SIGKILL', 'drained', 'gone', 'swept'].map((what) => `10000 ${what}`))
  })

  test('a leader that died in this turn still takes signals: its exit has not been observed', async () => {
    const { world, spawn, pids } = createScene({ web: {} })
    const life = spawn('web')
    world.exit(pids()[0] ?? 0, { code: 1 })
    expect([signal(life, 'SIGTERM', 'process'), signal(life, 0)]).toEqual([true, true])
    await world.advance(0)
    expect([signal(life, 'SIGTERM', 'process'), signal(life, 0)]).toEqual([false, false])
  })
})

describe('families', () => {
  test('an unkillable escapee keeps the sweep waiting until it is dead', async () => {
    const { world, told, spawn } = createScene({ web: { code: 0, forks: [{ leavesGroup: true, unkillable: true }] } })
    const life = spawn('web')
    await world.advance(60_000)
    expect(told.slice(1)).toEqual(['0 exited 0', '0 drained', '0 gone', '0 escapee'])
    const [escapee] = world.orphans()
    if (escapee === undefined) throw new Error('No orphan')
    expect(escapee).toMatchObject({ ppid: 1, pgid: escapee.pid, sid: escapee.pid })
    life.survivors((survivors) => expect(survivors).toEqual([escapee.identity]))
    world.exit(escapee.pid, { code: 0 })
    await world.advance(0)
    expect(told.at(-1)).toBe('60000 swept')
  })

  test('sweepMs lets a sweep take its time', async () => {
    const { world, told, spawn } = createScene({ web: { code: 0, forks: [{ leavesGroup: true }] } }, { sweepMs: 15 })
    spawn('web')
    await world.advance(100)
    expect(told.slice(3)).toEqual(['0 gone', '15 escapee', '30 swept'])
  })

  test('orphans are those who outlived their leader or left its group', async () => {
    const { world, spawn, pids } = createScene({ web: { forks: [{}, { leavesGroup: true }] } })
    spawn('web')
    const [leader = 0, member = 0, escapee = 0] = pids()
    expect(world.orphans().map(({ pid }) => pid)).toEqual([escapee])
    expect(world.processes().map(({ ppid }) => ppid)).toEqual([world.ports.host.pid, leader, leader])
    world.exit(leader, { code: 1 })
    expect(world.orphans().map(({ pid, ppid }) => [pid, ppid])).toEqual([
      [member, 1],
      [escapee, 1],
    ])
  })

  test('gone follows the exit in the same step when nobody else is there, else the last death', async () => {
    const { world, told, spawn } = createScene({ web: { exitsAfterMs: 10, forks: [{ exitsAfterMs: 40 }] } })
    spawn('web')
    await world.advance(100)
    expect(told.slice(1)).toEqual(['10 exited 0', '10 drained', '40 gone', '40 swept'])
  })

  test('a fork that holds the pipe prints on until the output is cut', async () => {
    const child: Behaviour = { holdsPipe: true, prints: [100, 300].map((afterMs) => ({ text: 'on', afterMs })) }
    const { world, told, spawn } = createScene({ web: { exitsAfterMs: 10, forks: [child] } })
    spawn('web')
    await world.advance(1_000)
    expect(told.slice(1)).toEqual(['10 exited 0', '100 stdout on', '210 drained cut'])
  })
})

describe('pids', () => {
  test('pids come round, and the identity tells the new owner from the old', async () => {
    const { world, spawn } = createScene({ web: { code: 0 } }, { pids: { first: 300, last: 301 } })
    const seen = new Set<string>()
    for (let incarnation = 1; incarnation <= 5; incarnation += 1) {
      spawn('web', { life: { stream: '/web', incarnation } })
      const { pid, startTicks } = world.processes()[0]?.identity ?? { pid: 0, startTicks: 0 }
      expect([300, 301]).toContain(pid)
      seen.add(`${pid} ${startTicks}`)
      await world.advance(0)
    }
    expect(seen.size).toBe(5)
  })

  test('a number that still names a group is not given out', async () => {
    const { world, spawn, pids } = createScene({ web: { code: 0, forks: [{}] } }, { pids: { first: 300, last: 302 } })
    spawn('web')
    await world.advance(0)
    expect(world.processes()).toMatchObject([{ pid: 301, pgid: 300 }])
    world.program('*', {})
    for (const stream of ['/a', '/b']) spawn('other', { life: { stream, incarnation: 1 } })
    expect(pids()).toEqual([301, 302])
  })

  test('without a free pid a spawn fails with EAGAIN', () => {
    const { told, spawn } = createScene({ web: {}, db: {} }, { pids: { first: 300, last: 300 } })
    spawn('web')
    spawn('db')
    expect(told).toEqual(['0 spawned', '0 spawnFailed EAGAIN'])
  })

  test('exit of a pid nobody has is refused', () => {
    expect(() => createWorld().exit(4711, { code: 0 })).toThrow('living simulated process, got 4711')
  })
})

async function playOnce(seed: number): Promise<unknown> {
  const { world, told, spawn } = createScene({ web: { exitsAfterMs: 5, forks: [{ leavesGroup: true }] } }, { seed })
  spawn('web')
  await world.advance(100)
  return [told, world.ports.host.hostId, world.ports.random.next()]
}

describe('rules', () => {
  test('a second life in a stream is a problem until the exit of the first was observed', async () => {
    const { world, spawn, pids } = createScene({ web: {} })
    const again = { life: { stream: '/web', incarnation: 2 } }
    spawn('web')
    const message = 'Life 2 of /web was spawned before life 1 was seen to end'
    expect(() => spawn('web', again)).toThrow(message)
    world.exit(pids()[0] ?? 0, { code: 0 })
    expect(() => spawn('web', again)).toThrow(message)
    await world.advance(0)
    spawn('web', again)
    expect(world.problems).toEqual([message, message])
  })

  test('the same stream may live in two trees', () => {
    const { world, spawn } = createScene({ web: {} })
    spawn('web')
    const other = world.ports.host.open({ treeId: 'other', report: () => {} })
    other.spawn(requestFor('web'), () => {})
    expect(world.processes().map(({ treeId }) => treeId)).toEqual(['tree', 'other'])
    expect(world.problems).toEqual([])
  })

  test('calls count what the host was asked for', async () => {
    const { world, spawn } = createScene({ web: {} })
    const life = spawn('web')
    spawn('missing')
    signal(life, 0)
    life.survivors(() => {})
    await world.advance(0)
    expect(world.calls).toEqual({ opens: 1, spawns: 2, signals: 1, surveys: 1 })
  })

  test('two worlds of one seed are alike to the last observation', async () => {
    expect(await playOnce(3)).toEqual(await playOnce(3))
    expect(await playOnce(3)).not.toEqual(await playOnce(4))
  })

  test.each([{ seed: 0.5 }, { sweepMs: -1 }, { sweepMs: Number.NaN }, { pids: { first: 0, last: 9 } }])(
    'a world of %j is refused',
    (options) => {
      expect(() => createWorld(options)).toThrow(RangeError)
    },
  )
})

test('raw streams: stdin takes all, stdout ends with whoever holds it, and late prints go nowhere', async () => {
  const child: Behaviour = { prints: [{ text: 'late', afterMs: 50 }] }
  const { world, told, spawn } = createScene({ web: { prints: ['out'], exitsAfterMs: 10, forks: [child] } })
  const { stdin, stdout, stderr } = spawn('web', { stdin: 'raw', stdout: 'raw' })
  expect(stderr).toBeUndefined()
  stdin?.write('x'.repeat(1_000_000))
  let text = ''
  stdout?.on('data', (chunk) => (text += String(chunk)))
  await world.advance(100)
  expect(text).toBe('out\n')
  expect(stdout?.readableEnded).toBe(true)
  expect(stdin?.destroyed).toBe(true)
  expect(told).toContain('10 drained')
})

test('ten thousand simulated processes cost less than a kilobyte each, and end together', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { world, session } = createScene({ web: {} })
  const count = 10_000
  const requests = Array.from({ length: count }, (_, n) =>
    requestFor('web', { life: { stream: `/${n}`, incarnation: 1 } }),
  )
  let swept = 0
  const observe = ({ kind }: LifeObservation): void => {
    if (kind === 'swept') swept += 1
  }
  collect()
  const before = process.memoryUsage().heapUsed
  const lives = requests.map((request) => session.spawn(request, observe))
  collect()
  expect((process.memoryUsage().heapUsed - before) / count).toBeLessThan(1_024)
  for (const life of lives) signal(life, 'SIGTERM')
  await world.advance(0)
  expect(swept).toBe(count)
  expect(world.processes()).toEqual([])
})
