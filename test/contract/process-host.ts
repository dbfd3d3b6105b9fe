import { describe, expect, test } from 'vitest'
import type { StageTarget } from '../../src/events/event.ts'
import type { LifeObservation, ProcessLife, ProcessSession, SpawnRequest } from '../../src/ports.ts'
import { orderProblems } from './life-order.ts'

/** What the programs of the suite do. Each host has its own way to make one of them. */
export type BehaviourName =
  | 'sleeps' // prints `ready`, runs until signalled
  | 'exits-3'
  | 'kills-itself' // by SIGKILL
  | 'ignores-term' // prints `ready`
  | 'graceful' // prints `ready`; exits with 7 on SIGTERM
  | 'forks-tree' // prints `ready`; three relatives in its group
  | 'holds-pipe' // prints `ready`, exits with 0; a relative in its group keeps the output open
  | 'escapes-session' // prints `ready`; one relative outside its group
  | 'splits-session' // prints `ready`, ignores SIGTERM; three descendants, two of them outside its group
  | 'stays-stopped' // prints `ready`, is stopped
  | 'prints-lines' // `out 1`, `err 1` to `out 500`, `err 500`
  | 'last-line-without-newline' // `first`, `last`
  | 'long-line' // 200 000 times `x`, then `end`
  | 'floods' // `flood 1` to `flood 20000`
  | 'missing-command'
  | 'missing-cwd'
  | 'cwd-is-a-file'
  | 'not-executable'

export const lineCount = 500
export const floodCount = 20_000
export const longLineLength = 200_000

/** What the suite needs of a host. */
export interface ProcessHostHarness {
  readonly bootId: string
  readonly session: ProcessSession
  program(name: BehaviourName): Pick<SpawnRequest, 'command' | 'args' | 'cwd'>
  /** Lets time pass until the condition holds. Rejects when it never does. */
  settle(what: string, condition: () => boolean): Promise<void>
  /** Whether that process is there and no zombie. */
  readonly isAlive: (pid: number) => boolean
  /** The pids of the living or dead processes that came of a life, its leader left out. */
  relatives(life: Spawned): readonly number[]
  close(): Promise<void>
}

/** One life of a test, and all that was observed of it. */
export interface Spawned {
  readonly request: SpawnRequest
  readonly life: ProcessLife
  readonly seen: readonly LifeObservation[]
}

type Kind = LifeObservation['kind']
type SpawnOptions = Partial<Pick<SpawnRequest, 'drainMs' | 'stdin' | 'stdout' | 'stderr'>> & {
  readonly on?: (observation: LifeObservation) => void
}

/** A case's view of a harness: it spawns, waits and asks. */
function createScene(harness: ProcessHostHarness) {
  const lives: Spawned[] = []
  const seenKind = (life: Spawned, kind: Kind): boolean => life.seen.some((observation) => observation.kind === kind)

  function find<K extends Kind>(life: Spawned, kind: K): Extract<LifeObservation, { kind: K }> {
    const found = life.seen.find(
      (observation): observation is Extract<LifeObservation, { kind: K }> => observation.kind === kind,
    )
    if (found === undefined) throw new Error(`No ${kind} was observed`)
    return found
  }

  function spawn(name: BehaviourName, { on, ...options }: SpawnOptions = {}): Spawned {
    const request: SpawnRequest = {
      life: { stream: `/${name}-${lives.length}`, incarnation: 1 },
      env: {},
      envMode: 'merge',
      shell: false,
      stdin: 'ignore',
      stdout: 'lines',
      stderr: 'lines',
      lifetime: 'attached',
      killTimeoutMs: 1_000,
      drainMs: 200,
      ...harness.program(name),
      ...options,
    }
    const seen: LifeObservation[] = []
    const life = harness.session.spawn(request, (observation) => {
      seen.push(observation)
      on?.(observation)
    })
    const spawned: Spawned = { request, life, seen }
    lives.push(spawned)
    return spawned
  }

  const scene = {
    ...harness,
    spawn,
    find,
    sees: (life: Spawned, kind: Kind): Promise<void> =>
      harness.settle(`${kind} of ${life.request.life.stream}`, () => seenKind(life, kind)),
    hasSeen: seenKind,
    lines: (life: Spawned, source: 'stdout' | 'stderr'): readonly string[] =>
      life.seen.flatMap((seen) => (seen.kind === 'line' && seen.source === source ? [seen.text] : [])),
    ready: (life: Spawned): Promise<void> =>
      harness.settle(`ready of ${life.request.life.stream}`, () =>
        life.seen.some((seen) => seen.kind === 'line' && seen.text === 'ready'),
      ),

    /** The answer of `signal`, which must come exactly once, and never brings an exit with it. */
    async signal(life: Spawned, signal: NodeJS.Signals | 0, to: StageTarget): Promise<boolean> {
      const answers: boolean[] = []
      const exitsBefore = life.seen.filter(({ kind }) => kind === 'exited').length
      life.life.signal(signal, to, (delivered) => answers.push(delivered))
      expect(life.seen.filter(({ kind }) => kind === 'exited')).toHaveLength(exitsBefore)
      await harness.settle(`answer to ${signal}`, () => answers.length > 0)
      expect(answers).toHaveLength(1)
      return answers[0] === true
    },

    async survivors(life: Spawned): Promise<readonly number[]> {
      const answers: Array<readonly number[]> = []
      life.life.survivors((found) => answers.push(found.map(({ pid }) => pid).toSorted((a, b) => a - b)))
      await harness.settle('answer to survivors', () => answers.length > 0)
      expect(answers).toHaveLength(1)
      return answers[0] ?? []
    },

    /** Ends what still runs, waits until nothing more can come, and holds every life to the order of observations. */
    async finish(): Promise<void> {
      for (const life of lives) {
        await harness.settle('an answer to the spawn', () => life.seen.length > 0)
        if (!seenKind(life, 'spawned')) continue
        if (!seenKind(life, 'gone')) await scene.signal(life, 'SIGKILL', 'group')
        await scene.sees(life, 'swept')
        await scene.sees(life, 'drained')
      }
      expect(lives.flatMap((life) => orderProblems(life.seen))).toEqual([])
    },

    /** After a failure: leaves no process behind, as far as a host that just broke its word allows. */
    async abandon(): Promise<void> {
      const running = lives.filter((life) => seenKind(life, 'spawned') && !seenKind(life, 'swept'))
      for (const { life } of running) life.signal('SIGKILL', 'group', () => {})
      const isOver = (): boolean => running.every((life) => seenKind(life, 'swept'))
      await harness.settle('the end of what was left', isOver).catch(() => {})
    },
  }
  return scene
}

type Scene = ReturnType<typeof createScene>

interface ProcessHostCase {
  readonly name: string
  readonly run: (scene: Scene) => Promise<void>
}

const numbered = (word: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${word} ${index + 1}`)

/** The promises of `ProcessHost`, one by one. As data, so that a broken host can be shown to fail them. */
export const processHostCases: readonly ProcessHostCase[] = [
  {
    name: 'a spawn is told once, with the identity of a living process',
    async run(scene) {
      const life = scene.spawn('sleeps')
      await scene.sees(life, 'spawned')
      const { pid, identity, spawnMs } = scene.find(life, 'spawned')
      expect(identity).toEqual({ pid, startTicks: expect.any(Number), bootId: scene.bootId })
      expect(spawnMs).toBeGreaterThanOrEqual(0)
      expect(scene.isAlive(pid)).toBe(true)
      await scene.ready(life)
    },
  },
  {
    name: 'an exit code is told as it was',
    async run(scene) {
      const life = scene.spawn('exits-3')
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: 3, signal: null })
    },
  },
  {
    name: 'a death by signal is told as it was, and has no code',
    async run(scene) {
      const life = scene.spawn('kills-itself')
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: null, signal: 'SIGKILL' })
    },
  },
  ...(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const).map((signal) => ({
    name: `${signal} ends a process that does not handle it`,
    async run(scene: Scene) {
      const life = scene.spawn('sleeps')
      await scene.ready(life)
      expect(await scene.signal(life, signal, 'group')).toBe(true)
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: null, signal })
    },
  })),
  {
    name: 'a process that handles SIGTERM ends with its own code',
    async run(scene) {
      const life = scene.spawn('graceful')
      await scene.ready(life)
      expect(await scene.signal(life, 'SIGTERM', 'process')).toBe(true)
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: 7, signal: null })
    },
  },
  {
    name: 'SIGTERM can be ignored, SIGKILL cannot',
    async run(scene) {
      const life = scene.spawn('ignores-term')
      await scene.ready(life)
      // What is ignored is discarded when it is sent, and the first fatal signal decides: so no time need pass here.
      expect(await scene.signal(life, 'SIGTERM', 'group')).toBe(true)
      expect(await scene.signal(life, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: null, signal: 'SIGKILL' })
    },
  },
  {
    name: 'a signal to the group reaches grandchildren, and gone means that all of them are dead',
    async run(scene) {
      let aliveWhenGone: readonly number[] | undefined
      const life: Spawned = scene.spawn('forks-tree', {
        on: ({ kind }) => {
          if (kind === 'gone') aliveWhenGone = scene.relatives(life).filter(scene.isAlive)
        },
      })
      await scene.ready(life)
      const relatives = scene.relatives(life)
      expect(relatives).toHaveLength(3)
      expect(relatives.filter(scene.isAlive)).toEqual(relatives)
      expect(await scene.signal(life, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(life, 'gone')
      expect(aliveWhenGone).toEqual([])
    },
  },
  {
    name: 'a signal to the process leaves its relatives alone; gone waits for them, survivors names them',
    async run(scene) {
      const life = scene.spawn('forks-tree')
      await scene.ready(life)
      const relatives = scene.relatives(life).toSorted((a, b) => a - b)
      const { pid } = scene.find(life, 'spawned')
      expect(await scene.survivors(life)).toEqual([pid, ...relatives].toSorted((a, b) => a - b))
      expect(await scene.signal(life, 'SIGKILL', 'process')).toBe(true)
      await scene.sees(life, 'drained')
      expect(await scene.survivors(life)).toEqual(relatives)
      expect(scene.hasSeen(life, 'gone')).toBe(false)
      expect(relatives.filter(scene.isAlive)).toEqual(relatives)
      expect(await scene.signal(life, 0, 'process')).toBe(false)
      expect(await scene.signal(life, 0, 'group')).toBe(true)
      expect(await scene.signal(life, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(life, 'swept')
      expect(await scene.survivors(life)).toEqual([])
    },
  },
  {
    name: 'a signal to the tree reaches every descendant, whatever group it is in',
    async run(scene) {
      const life = scene.spawn('splits-session')
      await scene.ready(life)
      const relatives = scene.relatives(life)
      expect(relatives).toHaveLength(3)
      expect(await scene.signal(life, 'SIGTERM', 'tree')).toBe(true)
      // Its leader outlives it, so nothing else was done to them.
      await scene.settle('the end of all descendants', () => !relatives.some(scene.isAlive))
      expect(scene.hasSeen(life, 'exited')).toBe(false)
      expect(await scene.signal(life, 'SIGKILL', 'tree')).toBe(true)
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: null, signal: 'SIGKILL' })
    },
  },
  {
    name: 'a signal to the group does not reach those that left it (negative control)',
    async run(scene) {
      const life = scene.spawn('splits-session')
      await scene.ready(life)
      const alive = (): readonly number[] => scene.relatives(life).filter(scene.isAlive)
      expect(await scene.signal(life, 'SIGTERM', 'group')).toBe(true)
      await scene.settle('the end of the one in the group', () => alive().length < 3)
      expect(alive()).toHaveLength(2)
    },
  },
  {
    name: 'a tree ends with its root: whoever it leaves behind hangs from nobody',
    async run(scene) {
      const life = scene.spawn('holds-pipe')
      await scene.sees(life, 'exited')
      const relatives = scene.relatives(life)
      expect(await scene.signal(life, 0, 'tree')).toBe(false)
      expect(await scene.signal(life, 'SIGKILL', 'tree')).toBe(false)
      expect(relatives.filter(scene.isAlive)).toEqual(relatives)
    },
  },
  {
    name: 'SIGTERM to a tree ends a stopped process, because SIGCONT follows',
    async run(scene) {
      const life = scene.spawn('stays-stopped')
      await scene.ready(life)
      expect(await scene.signal(life, 'SIGTERM', 'tree')).toBe(true)
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: null, signal: 'SIGTERM' })
    },
  },
  {
    name: 'output that a relative holds open is cut after drainMs',
    async run(scene) {
      const life = scene.spawn('holds-pipe', { drainMs: 100 })
      await scene.sees(life, 'drained')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: 0, signal: null })
      expect(scene.find(life, 'drained')).toEqual({ kind: 'drained', cut: true })
      expect(scene.relatives(life).filter(scene.isAlive)).toHaveLength(1)
    },
  },
  {
    name: 'output is not cut when whoever held it open is gone in time',
    async run(scene) {
      const life = scene.spawn('holds-pipe', { drainMs: 60_000 })
      await scene.sees(life, 'exited')
      expect(scene.hasSeen(life, 'drained')).toBe(false)
      expect(await scene.signal(life, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(life, 'drained')
      expect(scene.find(life, 'drained')).toEqual({ kind: 'drained', cut: false })
    },
  },
  {
    name: 'a process outside the group is found and killed by the sweep, and swept means that it is dead',
    async run(scene) {
      let aliveWhenSwept: readonly number[] | undefined
      const life: Spawned = scene.spawn('escapes-session', {
        on: ({ kind }) => {
          if (kind === 'swept') aliveWhenSwept = scene.relatives(life).filter(scene.isAlive)
        },
      })
      await scene.ready(life)
      const relatives = scene.relatives(life)
      expect(await scene.signal(life, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(life, 'swept')
      const { identity, delivered } = scene.find(life, 'escapee')
      expect([identity.pid]).toEqual(relatives)
      expect(identity.bootId).toBe(scene.bootId)
      expect(delivered).toBe(true)
      expect(aliveWhenSwept).toEqual([])
    },
  },
  {
    name: 'SIGTERM ends a stopped process, because SIGCONT follows',
    async run(scene) {
      const life = scene.spawn('stays-stopped')
      await scene.ready(life)
      expect(await scene.signal(life, 'SIGTERM', 'group')).toBe(true)
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited')).toEqual({ kind: 'exited', code: null, signal: 'SIGTERM' })
    },
  },
  {
    name: 'after the end there is nothing to signal',
    async run(scene) {
      const life = scene.spawn('exits-3')
      await scene.sees(life, 'gone')
      for (const signal of ['SIGTERM', 'SIGKILL', 0] as const) {
        expect(await scene.signal(life, signal, 'process')).toBe(false)
        expect(await scene.signal(life, signal, 'group')).toBe(false)
        expect(await scene.signal(life, signal, 'tree')).toBe(false)
      }
      expect(await scene.survivors(life)).toEqual([])
    },
  },
  {
    name: 'signal 0 only probes',
    async run(scene) {
      const life = scene.spawn('sleeps')
      await scene.ready(life)
      expect(await scene.signal(life, 0, 'process')).toBe(true)
      expect(await scene.signal(life, 0, 'group')).toBe(true)
      expect(await scene.signal(life, 0, 'tree')).toBe(true)
      await scene.signal(life, 'SIGHUP', 'process')
      await scene.sees(life, 'exited')
      expect(scene.find(life, 'exited').signal).toBe('SIGHUP')
    },
  },
  {
    name: 'no line is lost or out of order on either stream',
    async run(scene) {
      const life = scene.spawn('prints-lines')
      await scene.sees(life, 'drained')
      expect(scene.lines(life, 'stdout')).toEqual(numbered('out', lineCount))
      expect(scene.lines(life, 'stderr')).toEqual(numbered('err', lineCount))
    },
  },
  {
    name: 'a flood arrives whole although the process is long gone',
    async run(scene) {
      const life = scene.spawn('floods', { drainMs: 60_000 })
      await scene.sees(life, 'drained')
      expect(scene.lines(life, 'stdout')).toEqual(numbered('flood', floodCount))
    },
  },
  {
    name: 'a last line without a newline is a line',
    async run(scene) {
      const life = scene.spawn('last-line-without-newline')
      await scene.sees(life, 'drained')
      expect(scene.lines(life, 'stdout')).toEqual(['first', 'last'])
    },
  },
  {
    name: 'a long line comes in pieces, each but the last marked as truncated',
    async run(scene) {
      const life = scene.spawn('long-line', { drainMs: 60_000 })
      await scene.sees(life, 'drained')
      const lines = life.seen.flatMap((seen) => (seen.kind === 'line' ? [seen] : []))
      const pieces = lines.slice(0, -1)
      expect(pieces.length).toBeGreaterThan(1)
      expect(pieces.map(({ truncated }) => truncated)).toEqual(pieces.map((_, index) => index < pieces.length - 1))
      expect(pieces.map(({ text }) => text).join('')).toBe('x'.repeat(longLineLength))
      expect(Math.max(...pieces.map(({ text }) => text.length))).toBeLessThanOrEqual(65_536)
      expect(lines.at(-1)).toEqual({ kind: 'line', source: 'stdout', text: 'end', truncated: false })
    },
  },
  {
    name: 'a raw stream belongs to the caller: bytes, no lines, and its end',
    async run(scene) {
      const life = scene.spawn('prints-lines', { stdout: 'raw' })
      let text = ''
      let hasEnded = false
      life.life.stdout?.on('data', (chunk) => (text += String(chunk)))
      life.life.stdout?.on('end', () => (hasEnded = true))
      await scene.sees(life, 'drained')
      await scene.settle('the end of stdout', () => hasEnded)
      expect(text).toBe(numbered('out', lineCount).join('\n') + '\n')
      expect(scene.lines(life, 'stdout')).toEqual([])
      expect(scene.lines(life, 'stderr')).toEqual(numbered('err', lineCount))
    },
  },
  {
    name: 'ignored output is told to nobody',
    async run(scene) {
      const life = scene.spawn('prints-lines', { stdout: 'ignore', stderr: 'ignore' })
      await scene.sees(life, 'drained')
      expect(scene.hasSeen(life, 'line')).toBe(false)
      expect(scene.find(life, 'drained').cut).toBe(false)
    },
  },
  ...(
    [
      ['missing-command', 'ERR_SPAWN_FAILED', 'ENOENT'],
      ['not-executable', 'ERR_SPAWN_FAILED', 'EACCES'],
      ['missing-cwd', 'ERR_CWD_NOT_FOUND', undefined],
      ['cwd-is-a-file', 'ERR_CWD_NOT_FOUND', undefined],
    ] as const
  ).map(([name, code, errno]) => ({
    name: `a spawn that fails is told alone: ${name} is ${code}${errno === undefined ? '' : ` with ${errno}`}`,
    async run(scene: Scene) {
      const life = scene.spawn(name)
      await scene.sees(life, 'spawnFailed')
      const failure = scene.find(life, 'spawnFailed')
      expect(failure.code).toBe(code)
      if (errno !== undefined) expect(failure.errno).toBe(errno)
      expect(failure.message).not.toBe('')
      expect(await scene.signal(life, 'SIGKILL', 'process')).toBe(false)
      expect(await scene.signal(life, 'SIGKILL', 'group')).toBe(false)
      expect(await scene.survivors(life)).toEqual([])
    },
  })),
  {
    name: 'many lives at a time keep apart',
    async run(scene) {
      const expected: ReadonlyArray<readonly [BehaviourName, object]> = [
        ['exits-3', { code: 3, signal: null }],
        ['kills-itself', { code: null, signal: 'SIGKILL' }],
        ['missing-command', { code: 'ERR_SPAWN_FAILED' }],
        ['prints-lines', { code: 0, signal: null }],
        ['last-line-without-newline', { code: 0, signal: null }],
      ]
      const lives = [...expected, ...expected, ...expected, ...expected].map(
        ([name, end]) => [scene.spawn(name), end] as const,
      )
      const pids = new Set<number>()
      for (const [life, end] of lives) {
        await scene.settle('an end', () => scene.hasSeen(life, 'swept') || scene.hasSeen(life, 'spawnFailed'))
        const isSpawned = scene.hasSeen(life, 'spawned')
        expect(scene.find(life, isSpawned ? 'exited' : 'spawnFailed')).toMatchObject(end)
        if (isSpawned) pids.add(scene.find(life, 'spawned').pid)
        await scene.settle('the output', () => !isSpawned || scene.hasSeen(life, 'drained'))
        const isPrinter = life.request.life.stream.startsWith('/prints-lines')
        expect(scene.lines(life, 'stderr')).toHaveLength(isPrinter ? lineCount : 0)
      }
      expect(pids.size).toBe(16)
    },
  },
]

/** Runs one case from a fresh harness to the last observation of its last life. */
export async function runProcessHostCase(
  { run }: ProcessHostCase,
  makeHarness: () => ProcessHostHarness | Promise<ProcessHostHarness>,
): Promise<void> {
  const harness = await makeHarness()
  const scene = createScene(harness)
  try {
    await run(scene)
    await scene.finish()
  } catch (error) {
    await scene.abandon()
    throw error
  } finally {
    await harness.close()
  }
}

/** The contract of `ProcessHost`: what holds for one host holds for the other. */
export function describeProcessHost(
  name: string,
  makeHarness: () => ProcessHostHarness | Promise<ProcessHostHarness>,
): void {
  describe(name, () => {
    for (const promise of processHostCases) test(promise.name, () => runProcessHostCase(promise, makeHarness))
  })
}
