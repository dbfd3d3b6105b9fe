import { existsSync, readFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { checkInvariants, readJournal, type RecordedEvent } from '../../../src/index.ts'
import { createSeededRandom } from '../../../src/testing/seeded-random.ts'
import { carriersOf } from '../../fixtures/crash/carriers.ts'
import { digestOf } from '../../fixtures/crash/digest.ts'
import type { CrashPlan } from '../../fixtures/crash/plan.ts'
import { isAlive } from '../support/processes.ts'
import { runHost, type RunningHost, type Told } from '../support/run-host.ts'
import { scratchDirectory } from '../support/scratch.ts'
import { until } from '../support/until.ts'
import { judgeBirths, judgeLives, parseBirths } from './judge.ts'

/** What differs between the hosts of a campaign. */
export type HostPlan = Pick<CrashPlan, 'failpoint' | 'control' | 'last'>

export interface Campaign {
  /** Chance of this campaign: `below(n)` is an integer in [0, n). */
  below(count: number): number
  /** Lets a host take over and has it killed; true if it was killed where its failpoint is. */
  round(plan?: HostPlan): Promise<boolean>
  /** The last host takes over, wants nobody, and ends. Gives all that was ever wrong. */
  finish(): Promise<readonly string[]>
  readonly kills: number
  readonly events: number
}

/** One journal and the hosts that follow each other on it, each but the last killed -9. */
export function createCampaign(seed: number, options: { readonly retain?: number } = {}): Campaign {
  const directory = scratchDirectory()
  const journal = `${directory}/state/journal.db`
  const births = `${directory}/births`
  const random = createSeededRandom(seed)
  const below = (count: number): number => Math.floor(random.next() * count)
  const faults = new Set<string>()
  const acknowledged = new Map<number, { readonly digest: string; readonly words: string }>()
  /** All events that ever were in the log, by number: the beginning of a log may be cut. */
  const known = new Map<number, RecordedEvent>()
  const hostIds = new Set<string>()
  const bystanders = [{}, { BROOD_COOKIE: '0123456789abcdef:0123456789abcdef:survivor:/calm:1' }].map((env) =>
    spawn('sleep', ['100000'], { detached: true, stdio: 'ignore', env: { ...process.env, ...env } }),
  )
  let kills = 0

  onTestFinished(async () => {
    for (const bystander of bystanders) bystander.kill('SIGKILL')
    await until('nothing of these hosts is alive', () => {
      const left = carriersOf([...hostIds])
      for (const { pid } of left) process.kill(pid, 'SIGKILL')
      return left.length === 0
    })
  })

  const begin = (plan: HostPlan): RunningHost =>
    runHost('../crash/host', {
      ...options,
      ...plan,
      journal,
      births,
      seed: below(2 ** 31),
      orphans: below(2) === 0 ? 'stop' : 'adopt',
      hostIds: [...hostIds],
    } satisfies CrashPlan)

  const hear = (told: Told, host: number): void => {
    if (told.kind === 'recovered' && JSON.stringify(told['left']) !== '[]')
      faults.add(`host ${host}: left behind after its recovery: ${JSON.stringify(told['left'])}`)
    if (told.kind !== 'ack') return
    const seq = Number(told['seq'])
    const digest = String(told['digest'])
    const words = `${String(told['type'])} ${seq}, acknowledged to host ${host} by its ${String(told['by'])},`
    const before = acknowledged.get(seq)
    if (before !== undefined && before.digest !== digest) faults.add(`${words} was ${before.words}`)
    acknowledged.set(seq, { digest, words })
  }

  /** What the log, the world and the hosts say, after the end of a host. */
  const judge = async (told: readonly Told[], isOver: boolean): Promise<void> => {
    for (const each of told) hear(each, kills)
    const log: RecordedEvent[] = []
    if (existsSync(journal)) for await (const event of readJournal(journal)) log.push(event)
    for (const event of log) {
      const before = known.get(event.seq)
      if (before !== undefined && digestOf(before) !== digestOf(event)) faults.add(`event ${event.seq} has changed`)
      known.set(event.seq, event)
      if (event.type === 'supervisor.started' && event.data.host !== undefined) hostIds.add(event.data.host.hostId)
      if (event.type === 'supervisor.recovered') hostIds.add(event.data.host.hostId)
    }
    for (const { invariant, seq, message } of checkInvariants(log)) faults.add(`${invariant} at ${seq}: ${message}`)
    const last = log.at(-1)?.seq ?? 0
    const whole = [...known.values()].filter(({ seq }) => seq <= last)
    for (const [seq, { digest, words }] of acknowledged) {
      const event = seq > last ? undefined : known.get(seq)
      if (event === undefined) faults.add(`${words} is lost; the log ends with ${log.at(-1)?.type} ${last}`)
      else if (digestOf(event) !== digest) faults.add(`${words} is another one in the log`)
    }
    for (const fault of judgeLives(whole, isOver)) faults.add(fault)
    const born = existsSync(births) ? parseBirths(readFileSync(births, 'utf8')) : []
    for (const { hostId } of born) hostIds.add(hostId)
    for (const fault of judgeBirths(whole, born, isOver)) faults.add(fault)
    for (const { pid = 0 } of bystanders) if (!isAlive(pid)) faults.add(`bystander ${pid} was killed`)
  }

  const hostEnded = async (host: RunningHost): Promise<void> => {
    await host.exited
    await host.silent
    if (host.stderr() !== '') faults.add(`host ${kills} said: ${host.stderr()}`)
  }

  return {
    below,
    async round(plan = {}) {
      const host = begin(plan)
      let isHit = true
      if (plan.failpoint === undefined) {
        const wanted = 1 + below(200)
        await until(
          () => `${wanted} acknowledgements; ${host.told.length}, ${host.stderr()}`,
          () => host.told.length >= wanted || host.stderr() !== '',
        )
      } else {
        const isDead = host.exited.then(() => true)
        isHit = await Promise.race([
          isDead,
          host.hears('missed').then(
            () => false,
            () => true,
          ),
        ])
      }
      await host.killed()
      kills++
      await hostEnded(host)
      await judge(host.told, false)
      return isHit
    },
    async finish() {
      const host = begin({ last: true })
      await hostEnded(host)
      const ended = host.told.find(({ kind }) => kind === 'ended')
      if (ended === undefined) faults.add('the last host did not end')
      for (const { pid, stream } of carriersOf([...hostIds])) faults.add(`${stream} is alive at the end, as ${pid}`)
      await judge(host.told, true)
      return [...faults]
    },
    get kills() {
      return kills
    },
    get events() {
      return known.size
    },
  }
}
