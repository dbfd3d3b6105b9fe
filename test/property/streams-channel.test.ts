import * as fc from 'fast-check'
import { type Observable, Subject, type Subscription, map } from 'rxjs'
import { expect, test } from 'vitest'
import { createChannel } from '../../src/streams/channel.ts'
import { unhandledErrors } from '../unit/streams/unhandled-errors.ts'

type Action = 'publish' | 'subscribe' | 'leave' | 'evict' | 'throw' | 'nothing'

/** The side of a channel that a program of actions needs; a plain Subject has it too. */
interface Publisher {
  publish(value: number): void
  readonly observable: Observable<number>
}

interface Member {
  /** How many values had been published when it subscribed. */
  readonly since: number
  readonly seen: number[]
  ended: boolean
}

const actions = fc.constantFrom<Action>('publish', 'subscribe', 'leave', 'evict', 'throw', 'nothing')
/** What is done from outside, one after the other, and what handlers do, one action per delivery. */
const programs = fc.record({
  outside: fc.array(fc.constantFrom<Action>('publish', 'subscribe', 'evict'), { minLength: 1, maxLength: 20 }),
  inside: fc.array(actions, { maxLength: 40 }),
  piped: fc.boolean(),
})

/** Runs a program; values count up from 1 in the order of publication. */
function run({ outside, inside, piped }: typeof programs extends fc.Arbitrary<infer P> ? P : never, bus: Publisher) {
  const script = [...inside]
  const members: Member[] = []
  const subscriptions: Subscription[] = []
  let published = 0
  let thrown = 0

  function act(action: Action, member?: Member): void {
    switch (action) {
      case 'publish':
        published += 1
        return bus.publish(published)
      case 'subscribe':
        return join()
      case 'leave':
        return leave(member)
      case 'evict':
        return leave(members.find(({ ended }) => !ended))
      case 'throw':
        if (member !== undefined) member.ended = true
        thrown += 1
        throw new Error('thrown')
      case 'nothing':
        return undefined
    }
  }

  function leave(member?: Member): void {
    if (member === undefined) return
    member.ended = true
    subscriptions[members.indexOf(member)]?.unsubscribe()
  }

  function join(): void {
    const member: Member = { since: published, seen: [], ended: false }
    const handle = (value: number): void => {
      member.seen.push(value)
      act(script.shift() ?? 'nothing', member)
    }
    members.push(member)
    subscriptions.push(piped ? bus.observable.pipe(map(handle)).subscribe() : bus.observable.subscribe(handle))
  }

  for (const action of outside) act(action)
  return { members, published, thrown }
}

/** Everybody saw, from the moment it joined, each value in the order of publication, to the end or to its own. */
function faithful({ members, published }: ReturnType<typeof run>): boolean {
  return members.every(
    ({ since, seen, ended }) =>
      seen.every((value, index) => value === since + index + 1) && (ended || since + seen.length === published),
  )
}

test('whatever subscribers do in their handlers, each sees every value of its time once, in one order', async () => {
  const unhandled = await unhandledErrors(() => {
    fc.assert(
      fc.property(programs, (program) => {
        let failures = 0
        const bus = createChannel<number>({ name: 'bus', onFailure: () => (failures += 1) })
        const outcome = run(program, bus)
        expect(faithful(outcome)).toBe(true)
        expect(failures).toBe(outcome.thrown)
        expect(bus.observed).toBe(outcome.members.some(({ ended }) => !ended))
      }),
      { numRuns: 2000 },
    )
  })
  expect(unhandled).toEqual([])
})

test('control: a plain Subject does not stand this', async () => {
  await unhandledErrors(() => {
    const found = fc.check(
      fc.property(programs, (program) => {
        const subject = new Subject<number>()
        return faithful(run(program, { publish: (value) => subject.next(value), observable: subject }))
      }),
      { numRuns: 2000 },
    )
    expect(found.failed).toBe(true)
  })
})

test('with an initial value, each sees the value of its moment and then every later one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('publish', 'subscribe'), { maxLength: 30 }), fc.nat(5), (outside, echo) => {
      let current = 0
      const bus = createChannel<number>({
        name: 'state',
        onFailure: (error) => {
          throw error
        },
        initial: () => current,
      })
      const set = () => {
        current += 1
        bus.publish(current)
      }
      const members: { since: number; seen: number[] }[] = []
      let echoes = echo
      for (const action of outside) {
        if (action === 'publish') {
          set()
          continue
        }
        const member = { since: current, seen: [] as number[] }
        members.push(member)
        bus.observable.subscribe((value) => {
          member.seen.push(value)
          if (echoes > 0) {
            echoes -= 1
            set()
          }
        })
      }
      for (const { since, seen } of members) {
        expect(seen).toEqual(Array.from({ length: current - since + 1 }, (_, index) => since + index))
      }
    }),
    { numRuns: 500 },
  )
})
