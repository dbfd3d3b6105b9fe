import { Subject, Subscriber, type Subscription, map, take } from 'rxjs'
import { expect, test } from 'vitest'
import { createChannel } from '../../../src/streams/channel.ts'
import { unhandledErrors } from './unhandled-errors.ts'

const boom = new Error('boom')
const explode = (): never => {
  throw boom
}

function channel<T>(initial?: () => T | undefined) {
  const failures: [unknown, string][] = []
  const made = createChannel<T>({
    name: 'test$',
    onFailure: (error, name) => failures.push([error, name]),
    ...(initial && { initial }),
  })
  return { channel: made, failures, publish: (value: T) => made.publish(value), $: made.observable }
}

test('each subscriber gets what is published after it subscribed, in order', () => {
  const { publish, $ } = channel<number>()
  const a: number[] = []
  const b: number[] = []
  publish(0)
  $.subscribe((value) => a.push(value))
  publish(1)
  $.subscribe((value) => b.push(value))
  publish(2)
  expect([a, b]).toEqual([[1, 2], [2]])
})

test('a value published inside a handler reaches every subscriber after the one being delivered', () => {
  const { publish, $ } = channel<number>()
  const a: number[] = []
  const b: number[] = []
  $.subscribe((value) => {
    a.push(value)
    if (value === 1) publish(2)
    if (value === 2) publish(3)
  })
  $.subscribe((value) => b.push(value))
  publish(1)
  expect([a, b]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('control: a plain Subject shows the second subscriber the inner value first', () => {
  const subject = new Subject<number>()
  const seen: number[] = []
  subject.subscribe((value) => {
    if (value === 1) subject.next(2)
  })
  subject.subscribe((value) => seen.push(value))
  subject.next(1)
  expect(seen).toEqual([2, 1])
})

test('a subscriber that joins inside a handler sees only what is published later', () => {
  const { publish, $ } = channel<number>()
  const late: number[] = []
  $.pipe(take(1)).subscribe(() => {
    publish(2)
    $.subscribe((value) => late.push(value))
    publish(3)
  })
  publish(1)
  publish(4)
  expect(late).toEqual([3, 4])
})

test('a subscriber that was unsubscribed inside a handler gets nothing more', () => {
  const { publish, $ } = channel<number>()
  const seen: string[] = []
  const subscriptions: Subscription[] = []
  subscriptions.push(
    $.subscribe((value) => {
      seen.push(`a${value}`)
      publish(2)
      for (const subscription of subscriptions) subscription.unsubscribe()
    }),
  )
  subscriptions.push($.subscribe((value) => seen.push(`b${value}`)))
  $.subscribe((value) => seen.push(`c${value}`))
  publish(1)
  expect(seen).toEqual(['a1', 'c1', 'c2'])
})

test('with an initial value, a subscriber is given the current one and then each later one', () => {
  let current = 1
  const { channel: state, $ } = channel(() => current)
  const a: number[] = []
  const b: number[] = []
  const set = (value: number) => {
    current = value
    state.publish(value)
  }
  $.subscribe((value) => a.push(value))
  set(2)
  $.subscribe((value) => b.push(value))
  set(3)
  expect([a, b]).toEqual([
    [1, 2, 3],
    [2, 3],
  ])
})

test('the value that was given at subscription is not repeated by its own publication', () => {
  let current = { revision: 1 }
  const { channel: state, $ } = channel(() => current)
  const seen: number[] = []
  $.subscribe(({ revision }) => seen.push(revision))
  // The state moves before it is published, and somebody subscribes in between.
  current = { revision: 2 }
  const between: number[] = []
  $.subscribe(({ revision }) => between.push(revision))
  state.publish(current)
  state.publish(current)
  expect(seen).toEqual([1, 2, 2])
  expect(between).toEqual([2, 2])
})

test('what is published while the initial value is being given follows it', () => {
  let current = 1
  const { publish, $ } = channel(() => current)
  const seen: string[] = []
  const set = (value: number) => {
    current = value
    publish(value)
  }
  $.subscribe((value) => {
    seen.push(`>${value}`)
    if (value < 3) set(value + 1)
    seen.push(`<${value}`)
  })
  expect(seen).toEqual(['>1', '<1', '>2', '<2', '>3', '<3'])
})

test('a subscriber that joins inside a handler is given the current value at once', () => {
  let current = 1
  const { publish, $ } = channel(() => current)
  const seen: string[] = []
  $.subscribe((value) => {
    if (value !== 2) return
    $.subscribe((late) => seen.push(`late ${late}`))
    seen.push('subscribed')
  })
  current = 2
  publish(2)
  expect(seen).toEqual(['late 2', 'subscribed'])
})

test('where there is no current value yet, a subscriber gets only later ones', () => {
  const { publish, $ } = channel<number>(() => undefined)
  const seen: number[] = []
  $.subscribe((value) => seen.push(value))
  publish(1)
  expect(seen).toEqual([1])
})

test('completion follows what was published before it, and nothing follows completion', () => {
  const { channel: made, publish, $ } = channel<number>()
  const seen: (number | string)[] = []
  $.subscribe((value) => {
    if (value !== 1) return
    publish(2)
    made.complete()
    publish(3)
    $.subscribe({ next: () => seen.push('late'), complete: () => seen.push('late completed') })
  })
  $.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('completed') })
  publish(1)
  made.complete()
  publish(4)
  expect(seen).toEqual(['late completed', 1, 2, 'completed'])
  expect(made.observed).toBe(false)
})

test('a late subscriber gets the last value where there is one, and completes at once', () => {
  const seen: (number | string)[] = []
  const observer = { next: (value: number) => seen.push(value), complete: () => seen.push('completed') }
  const plain = channel<number>()
  plain.channel.complete()
  plain.$.subscribe(observer)
  const state = channel(() => 7)
  state.channel.complete()
  state.$.subscribe(observer)
  expect(seen).toEqual(['completed', 7, 'completed'])
})

test('it is observed exactly while somebody is subscribed', () => {
  const { channel: made, $ } = channel<number>()
  expect(made.observed).toBe(false)
  const subscription = $.pipe(map((value) => value)).subscribe()
  expect(made.observed).toBe(true)
  subscription.unsubscribe()
  expect(made.observed).toBe(false)
})

test('a failing subscriber is told by name, once, and takes nobody with it', async () => {
  const { publish, failures, $ } = channel<number>()
  const seen: number[] = []
  const unhandled = await unhandledErrors(() => {
    $.subscribe(explode)
    $.pipe(map(explode)).subscribe()
    $.subscribe((value) => seen.push(value))
    publish(1)
    publish(2)
  })
  expect(unhandled).toEqual([])
  expect(failures).toEqual([
    [boom, 'test$'],
    [boom, 'test$'],
  ])
  expect(seen).toEqual([1, 2])
})

test('the report of a failure, published on the same channel, never reaches the one that failed', () => {
  const seen: string[] = []
  const made = createChannel<string>({ name: 'self', onFailure: (_, name) => made.publish(`${name} failed`) })
  made.observable.subscribe((value) => {
    seen.push(`failing: ${value}`)
    throw boom
  })
  made.observable.subscribe((value) => seen.push(`healthy: ${value}`))
  made.publish('value')
  expect(seen).toEqual(['failing: value', 'healthy: value', 'healthy: self failed'])
})

test('a failure while the initial value is given is a failure like any other', () => {
  const { channel: made, failures, $ } = channel(() => 1)
  const subscription = $.subscribe(explode)
  expect(subscription.closed).toBe(true)
  expect(failures).toEqual([[boom, 'test$']])
  expect(made.observed).toBe(false)
})

test('a hand-made Subscriber that throws is dropped like any other', () => {
  const { channel: made, failures, publish, $ } = channel<number>()
  const bare = () => new Subscriber<number>({ next: explode, error: explode, complete: explode })
  $.subscribe(bare())
  publish(1)
  expect(made.observed).toBe(false)
  const completing = bare()
  completing.add(explode)
  $.subscribe(completing)
  made.complete()
  expect(failures).toHaveLength(2)
})

test('a thousand subscribers are served, and leave when they have enough', () => {
  const { channel: made, publish, $ } = channel<number>()
  let served = 0
  for (let index = 0; index < 1000; index += 1) $.pipe(take(2)).subscribe(() => (served += 1))
  for (let value = 0; value < 3; value += 1) publish(value)
  expect(served).toBe(2000)
  expect(made.observed).toBe(false)
})

test('a chain of ten thousand publications from within handlers does not grow the stack', () => {
  const { publish, $ } = channel<number>()
  let last = 0
  $.subscribe((value) => {
    last = value
    if (value < 10_000) publish(value + 1)
  })
  publish(1)
  expect(last).toBe(10_000)
})
