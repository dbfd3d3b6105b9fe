import { describe, expect, test } from 'vitest'
import type {
  AdoptRequest,
  FoundLife,
  LifeObservation,
  Lifetime,
  ProcessHost,
  ProcessLife,
  ProcessSession,
} from '../../src/ports.ts'
import { orderProblems } from './life-order.ts'

/** What the programs do that a host leaves behind when it is killed. None of them ends by itself after that. */
export type LeftProgram =
  | 'sleeps'
  | 'ignores-term'
  | 'forks-tree' // three relatives in its group
  | 'escapes-session' // one relative outside its group
  | 'exits' // its leader has exited when the host is killed; one relative in its group
  | 'has-ended' // all of it has, before the host is killed

/** A life as a record would have it, and the pids that came of it, its leader left out. */
export interface LeftLife {
  readonly request: Omit<AdoptRequest, 'identity'> & { readonly identity: NonNullable<AdoptRequest['identity']> }
  readonly relatives: readonly number[]
}

/** What the suite needs: a host that starts programs and is killed, and another one that comes after it. */
export interface HostRecoveryHarness {
  /** Starts the programs on a host of their own, `/0`, `/1` and so on, and kills that host once all are ready. */
  leave(programs: readonly LeftProgram[], lifetime: Lifetime): Promise<readonly LeftLife[]>
  /** The host of now, and a session of it. To be asked for after `leave`. */
  now(): { readonly host: ProcessHost; readonly session: ProcessSession }
  /** Lets time pass until the condition holds. Rejects when it never does. */
  settle(what: string, condition: () => boolean): Promise<void>
  /** Whether that process is there and no zombie. */
  readonly isAlive: (pid: number) => boolean
  /** Ends a process from outside, as an administrator would. */
  readonly kill: (pid: number) => void
  close(): Promise<void>
}

/** One adopted life of a test, and all that was observed of it. */
interface Adopted {
  readonly life: ProcessLife
  readonly seen: readonly LifeObservation[]
}

const sorted = (pids: readonly number[]): readonly number[] => pids.toSorted((a, b) => a - b)
const isSeen = ({ seen }: Adopted, kind: LifeObservation['kind']): boolean => seen.some((each) => each.kind === kind)

function createScene(harness: HostRecoveryHarness) {
  const adoptions: Adopted[] = []
  const left: number[] = []

  const scene = {
    ...harness,
    async leave(programs: readonly LeftProgram[], lifetime: Lifetime = 'attached'): Promise<readonly LeftLife[]> {
      const lives = await harness.leave(programs, lifetime)
      left.push(...lives.flatMap(({ request, relatives }) => [request.identity.pid, ...relatives]))
      return lives
    },

    async leaveOne(program: LeftProgram): Promise<LeftLife> {
      const [life] = await scene.leave([program])
      if (life === undefined) throw new Error('Nothing was left')
      return life
    },

    adopt(request: AdoptRequest): Adopted {
      const seen: LifeObservation[] = []
      const life = harness.now().session.adopt(request, (observation) => seen.push(observation))
      expect(seen, 'told from within the call').toEqual([])
      const adopted = { life, seen }
      adoptions.push(adopted)
      return adopted
    },

    sees: (adopted: Adopted, kind: LifeObservation['kind']): Promise<void> =>
      harness.settle(kind, () => isSeen(adopted, kind)),

    async signal({ life }: Adopted, signal: NodeJS.Signals | 0, to: 'process' | 'group'): Promise<boolean> {
      const answers: boolean[] = []
      life.signal(signal, to, (delivered) => answers.push(delivered))
      await harness.settle(`answer to ${signal}`, () => answers.length > 0)
      expect(answers).toHaveLength(1)
      return answers[0] === true
    },

    async survivors({ life }: Adopted): Promise<readonly number[]> {
      const answers: Array<readonly number[]> = []
      life.survivors((found) => answers.push(sorted(found.map(({ pid }) => pid))))
      await harness.settle('answer to survivors', () => answers.length > 0)
      expect(answers).toHaveLength(1)
      return answers[0] ?? []
    },

    async find(owner: { readonly hostId: string; readonly treeId?: string }): Promise<readonly FoundLife[]> {
      const answers: Array<readonly FoundLife[]> = []
      harness.now().host.findLives(owner, (found) => answers.push(found))
      expect(answers, 'answered from within the call').toEqual([])
      await harness.settle('answer to findLives', () => answers.length > 0)
      expect(answers).toHaveLength(1)
      return answers[0] ?? []
    },

    /** Ends what still runs, and holds every adopted life to the order of observations. */
    async finish(): Promise<void> {
      for (const adopted of adoptions) {
        if (!isSeen(adopted, 'gone')) await scene.signal(adopted, 'SIGKILL', 'group')
        await scene.sees(adopted, 'swept')
        // What an adopted life has in place of this was told to another host.
        const spawned = { kind: 'spawned', pid: 2, identity: null, spawnMs: 0 } as const
        expect(orderProblems([spawned, ...adopted.seen])).toEqual([])
        expect(adopted.seen[0]).toEqual({ kind: 'exited', code: null, signal: null })
        expect(adopted.seen[1]).toEqual({ kind: 'drained', cut: false })
      }
    },

    /** Whatever happened: nothing is left. */
    async abandon(): Promise<void> {
      for (const pid of left) if (harness.isAlive(pid)) harness.kill(pid)
      await harness.settle('the end of what was left', () => !left.some(harness.isAlive))
    },
  }
  return scene
}

type Scene = ReturnType<typeof createScene>

interface HostRecoveryCase {
  readonly name: string
  readonly run: (scene: Scene) => Promise<void>
}

/** The promises of `adopt`, `findLives` and `look`, one by one. */
export const hostRecoveryCases: readonly HostRecoveryCase[] = [
  {
    name: 'a living leader is adopted: nothing is told of it until it ends, and then once, without a code',
    async run(scene) {
      const { request } = await scene.leaveOne('sleeps')
      const adopted = scene.adopt(request)
      expect(await scene.signal(adopted, 0, 'process')).toBe(true)
      expect(await scene.signal(adopted, 0, 'group')).toBe(true)
      expect(await scene.survivors(adopted)).toEqual([request.identity.pid])
      expect(adopted.seen).toEqual([])
      expect(await scene.signal(adopted, 'SIGTERM', 'group')).toBe(true)
      await scene.sees(adopted, 'swept')
      expect(scene.isAlive(request.identity.pid)).toBe(false)
      expect(adopted.seen.map(({ kind }) => kind)).toEqual(['exited', 'drained', 'gone', 'swept'])
    },
  },
  {
    name: 'the end of an adopted leader is seen although nobody signalled it',
    async run(scene) {
      const { request } = await scene.leaveOne('sleeps')
      const adopted = scene.adopt(request)
      scene.kill(request.identity.pid)
      await scene.sees(adopted, 'swept')
    },
  },
  {
    name: 'of what had ended everything is told at the first look, and there is nothing to signal',
    async run(scene) {
      const { request } = await scene.leaveOne('has-ended')
      const adopted = scene.adopt(request)
      await scene.sees(adopted, 'swept')
      for (const signal of ['SIGTERM', 'SIGKILL', 0] as const) {
        expect(await scene.signal(adopted, signal, 'process')).toBe(false)
        expect(await scene.signal(adopted, signal, 'group')).toBe(false)
      }
      expect(await scene.survivors(adopted)).toEqual([])
    },
  },
  {
    name: 'SIGTERM can be ignored, SIGKILL cannot',
    async run(scene) {
      const { request } = await scene.leaveOne('ignores-term')
      const adopted = scene.adopt(request)
      expect(await scene.signal(adopted, 'SIGTERM', 'group')).toBe(true)
      expect(await scene.signal(adopted, 0, 'process')).toBe(true)
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(adopted, 'swept')
      expect(scene.isAlive(request.identity.pid)).toBe(false)
    },
  },
  {
    name: 'a signal to the group reaches all of it, one to the process its leader alone; gone waits for the rest',
    async run(scene) {
      const { request, relatives } = await scene.leaveOne('forks-tree')
      const adopted = scene.adopt(request)
      expect(relatives).toHaveLength(3)
      expect(await scene.survivors(adopted)).toEqual(sorted([request.identity.pid, ...relatives]))
      expect(await scene.signal(adopted, 'SIGKILL', 'process')).toBe(true)
      await scene.sees(adopted, 'drained')
      expect(await scene.survivors(adopted)).toEqual(sorted(relatives))
      expect(isSeen(adopted, 'gone')).toBe(false)
      expect(await scene.signal(adopted, 0, 'process')).toBe(false)
      expect(await scene.signal(adopted, 0, 'group')).toBe(true)
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(adopted, 'gone')
      expect(relatives.filter(scene.isAlive)).toEqual([])
    },
  },
  {
    name: 'a group whose leader is long dead is known all the same',
    async run(scene) {
      const { request, relatives } = await scene.leaveOne('exits')
      const adopted = scene.adopt(request)
      await scene.sees(adopted, 'drained')
      expect(await scene.survivors(adopted)).toEqual(relatives)
      expect(isSeen(adopted, 'gone')).toBe(false)
      expect(await scene.signal(adopted, 'SIGTERM', 'group')).toBe(true)
      await scene.sees(adopted, 'gone')
      expect(relatives.filter(scene.isAlive)).toEqual([])
    },
  },
  {
    name: 'what has left the group is found by its cookie and killed, and swept means that it is dead',
    async run(scene) {
      const { request, relatives } = await scene.leaveOne('escapes-session')
      const adopted = scene.adopt(request)
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(adopted, 'swept')
      const escapees = adopted.seen.flatMap((each) => (each.kind === 'escapee' ? [each] : []))
      expect(escapees.map(({ identity, delivered }) => [identity.pid, delivered])).toEqual([[relatives[0], true]])
      expect(relatives.filter(scene.isAlive)).toEqual([])
    },
  },
  {
    name: 'lives are found by their cookies: whose they are, their leaders and all their members',
    async run(scene) {
      const lives = await scene.leave(['sleeps', 'forks-tree', 'escapes-session', 'exits', 'has-ended'])
      const [sleeper] = lives
      if (sleeper === undefined) throw new Error('Nothing was left')
      const found = await scene.find(sleeper.request.owner)
      const known = lives.slice(0, -1).map(({ request: { life, owner, lifetime, identity }, relatives }) => ({
        life,
        treeId: owner.treeId,
        lifetime,
        leader: scene.isAlive(identity.pid) ? identity : null,
        members: sorted([identity.pid, ...relatives].filter(scene.isAlive)),
      }))
      expect(found.map((life) => ({ ...life, members: sorted(life.members.map(({ pid }) => pid)) }))).toEqual(known)
      expect(await scene.find({ hostId: sleeper.request.owner.hostId })).toEqual(found)
      for (const { members } of found) {
        expect(members).toEqual(members.toSorted((a, b) => a.startTicks - b.startTicks))
        expect(members.every(({ bootId }) => bootId === scene.now().host.bootId)).toBe(true)
      }
    },
  },
  {
    name: 'nothing is found of another tree, nor of another host',
    async run(scene) {
      const { request } = await scene.leaveOne('sleeps')
      expect(await scene.find({ hostId: request.owner.hostId, treeId: 'another' })).toEqual([])
      expect(await scene.find({ hostId: scene.now().host.hostId })).toEqual([])
    },
  },
  {
    name: 'a leader that nobody has recorded is found by the cookie, and a signal meanwhile reaches it',
    async run(scene) {
      const { request } = await scene.leaveOne('ignores-term')
      const adopted = scene.adopt({ ...request, identity: null })
      expect(await scene.signal(adopted, 'SIGTERM', 'group')).toBe(true)
      expect(await scene.survivors(adopted)).toEqual([request.identity.pid])
      expect(adopted.seen).toEqual([])
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(adopted, 'swept')
    },
  },
  {
    name: 'a group is found by the cookie, although nobody has recorded its leader before it died',
    async run(scene) {
      const { request, relatives } = await scene.leaveOne('exits')
      const adopted = scene.adopt({ ...request, identity: null })
      await scene.sees(adopted, 'drained')
      expect(isSeen(adopted, 'gone')).toBe(false)
      expect(await scene.survivors(adopted)).toEqual(relatives)
      expect(await scene.signal(adopted, 'SIGTERM', 'group')).toBe(true)
      await scene.sees(adopted, 'swept')
      expect(relatives.filter(scene.isAlive)).toEqual([])
    },
  },
  {
    name: 'nothing is left of a life that nobody has recorded, and that was never begun',
    async run(scene) {
      const { request } = await scene.leaveOne('has-ended')
      const adopted = scene.adopt({ ...request, life: { stream: '/never', incarnation: 1 }, identity: null })
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(false)
      await scene.sees(adopted, 'swept')
    },
  },
  {
    name: 'what ran before the last boot is over at once, and no signal is sent',
    async run(scene) {
      const { request } = await scene.leaveOne('sleeps')
      const { pid } = request.identity
      // The very same process, but for the boot: were the id not looked at, this one would be hit.
      const adopted = scene.adopt({ ...request, identity: { ...request.identity, bootId: 'an earlier one' } })
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(false)
      expect(await scene.signal(adopted, 'SIGKILL', 'process')).toBe(false)
      await scene.sees(adopted, 'swept')
      expect(await scene.signal(adopted, 'SIGKILL', 'group')).toBe(false)
      expect(await scene.survivors(adopted)).toEqual([])
      expect(adopted.seen.map(({ kind }) => kind)).toEqual(['exited', 'drained', 'gone', 'swept'])
      expect(scene.isAlive(pid)).toBe(true)
    },
  },
  {
    name: 'an identity is alive, or gone, or of another boot',
    async run(scene) {
      const { request } = await scene.leaveOne('sleeps')
      const { identity } = request
      const { host } = scene.now()
      expect(host.look(identity)).toBe('alive')
      expect(host.look({ ...identity, startTicks: identity.startTicks - 1 })).toBe('gone')
      expect(host.look({ ...identity, bootId: 'an earlier one' })).toBe('other-boot')
      scene.kill(identity.pid)
      await scene.settle('its end', () => host.look(identity) === 'gone')
    },
  },
  {
    name: 'lives adopted at a time keep apart',
    async run(scene) {
      const lives = await scene.leave(['sleeps', 'forks-tree', 'sleeps', 'exits'], 'survivor')
      const adopted = lives.map(({ request }) => scene.adopt(request))
      const [first, second, third, fourth] = adopted
      if (!first || !second || !third || !fourth) throw new Error('Too few were left')
      await scene.sees(fourth, 'drained')
      expect(await scene.signal(first, 'SIGTERM', 'group')).toBe(true)
      await scene.sees(first, 'swept')
      expect(second.seen).toEqual([])
      expect(third.seen).toEqual([])
      expect(await scene.signal(second, 'SIGKILL', 'group')).toBe(true)
      await scene.sees(second, 'swept')
      expect(third.seen).toEqual([])
      expect(isSeen(fourth, 'gone')).toBe(false)
    },
  },
]

/** Runs one case from a fresh harness to the last observation of its last life. */
export async function runHostRecoveryCase(
  { run }: HostRecoveryCase,
  makeHarness: () => HostRecoveryHarness,
): Promise<void> {
  const harness = makeHarness()
  const scene = createScene(harness)
  try {
    await run(scene)
    await scene.finish()
  } finally {
    await scene.abandon()
    await harness.close()
  }
}

/** The contract of a recovery: what holds for one host holds for the other. */
export function describeHostRecovery(name: string, makeHarness: () => HostRecoveryHarness): void {
  describe(name, () => {
    for (const promise of hostRecoveryCases) test(promise.name, () => runHostRecoveryCase(promise, makeHarness))
  })
}
