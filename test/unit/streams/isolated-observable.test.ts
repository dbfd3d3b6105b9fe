import {
  EMPTY,
  Observable,
  Subject,
  catchError,
  delayWhen,
  filter,
  finalize,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  mergeMap,
  of,
  pairwise,
  publish,
  refCount,
  retry,
  scan,
  share,
  shareReplay,
  startWith,
  switchMap,
  take,
  tap,
  throwError,
  toArray,
} from 'rxjs'
import { expect, test, vi } from 'vitest'
import { IsolatedObservable } from '../../../src/streams/isolated-observable.ts'
import { unhandledErrors } from './unhandled-errors.ts'

const boom = new Error('boom')
const explode = (): never => {
  throw boom
}

const odd = (value: number): number => (value % 2 === 0 ? explode() : value)

/** An isolated view of a Subject, with what was told of failures. */
function isolated() {
  const source = new Subject<number>()
  const failures: unknown[] = []
  const stream$ = new IsolatedObservable<number>(
    (error) => failures.push(error),
    (subscriber) => source.subscribe(subscriber),
  )
  return { source, failures, stream$ }
}

test('a throwing handler ends its subscription, is told once, and disturbs nobody', async () => {
  const { source, failures, stream$ } = isolated()
  const seen: number[] = []
  const calls = vi.fn<() => void>(explode)
  const unhandled = await unhandledErrors(() => {
    const failing = stream$.subscribe(calls)
    stream$.subscribe((value) => seen.push(value))
    source.next(1)
    expect(failing.closed).toBe(true)
    source.next(2)
  })
  expect(unhandled).toEqual([])
  expect(calls).toHaveBeenCalledTimes(1)
  expect(failures).toEqual([boom])
  expect(seen).toEqual([1, 2])
})

test('control: a throwing handler of a plain Subject is an uncaught exception each time', async () => {
  const source = new Subject<number>()
  const unhandled = await unhandledErrors(() => {
    source.subscribe(explode)
    source.next(1)
    source.next(2)
  })
  expect(unhandled).toEqual([boom, boom])
})

test('a throwing operator ends its subscription, is told once, and disturbs nobody', async () => {
  const { source, failures, stream$ } = isolated()
  const seen: number[] = []
  const unhandled = await unhandledErrors(() => {
    stream$.pipe(map(explode)).subscribe()
    stream$.subscribe((value) => seen.push(value))
    source.next(1)
    source.next(2)
  })
  expect(unhandled).toEqual([])
  expect(failures).toEqual([boom])
  expect(seen).toEqual([1, 2])
})

test('control: with `subscribe` alone overridden, a throw behind an operator is an uncaught exception', async () => {
  const source = new Subject<number>()
  class HalfIsolated extends Observable<number> {
    override subscribe(next?: unknown): ReturnType<Observable<number>['subscribe']> {
      return new IsolatedObservable<number>(
        () => {},
        (subscriber) => source.subscribe(subscriber),
      ).subscribe(next as (value: number) => void)
    }
  }
  const unhandled = await unhandledErrors(() => {
    new HalfIsolated().pipe(map((value) => value)).subscribe(explode)
    source.next(1)
  })
  expect(unhandled).toEqual([boom])
})

test('a long pipe is isolated wherever it throws', async () => {
  const stages = 7
  for (let stage = 0; stage <= stages; stage += 1) {
    const { source, failures, stream$ } = isolated()
    const at = (here: number) => (here === stage ? explode() : undefined)
    const unhandled = await unhandledErrors(() => {
      stream$
        .pipe(
          tap(() => at(0)),
          filter(() => at(1) ?? true),
          scan((sum, value) => at(2) ?? sum + value, 0),
          startWith(0),
          pairwise(),
          switchMap((pair) => at(3) ?? of(pair)),
          mergeMap((pair) => of(pair).pipe(tap(() => at(4)))),
          delayWhen(() => at(5) ?? of(0)),
          map((pair) => at(6) ?? pair),
        )
        .subscribe(() => at(7))
      source.next(1)
      source.next(2)
    })
    expect({ stage, unhandled, failures }).toEqual({ stage, unhandled: [], failures: [boom] })
    expect(source.observed).toBe(false)
  }
})

test('an error handler is told of its pipe, and the failure is told once all the same', () => {
  const { source, failures, stream$ } = isolated()
  const error = vi.fn<(error: unknown) => void>()
  stream$.pipe(map(explode)).subscribe({ error })
  source.next(1)
  expect(error.mock.calls).toEqual([[boom]])
  expect(failures).toEqual([boom])
})

test('an error handler that throws too adds no second failure', async () => {
  const { source, failures, stream$ } = isolated()
  const unhandled = await unhandledErrors(() => {
    stream$.pipe(map(explode)).subscribe({
      error: () => {
        throw new Error('while handling')
      },
    })
    source.next(1)
  })
  expect(unhandled).toEqual([])
  expect(failures).toEqual([boom])
})

test('an error that arises later in the pipe needs no handler', async () => {
  const { source, failures, stream$ } = isolated()
  const later = new Subject<never>()
  const unhandled = await unhandledErrors(() => {
    stream$.pipe(switchMap(() => later)).subscribe()
    source.next(1)
    later.error(boom)
  })
  expect(unhandled).toEqual([])
  expect(failures).toEqual([boom])
})

test('a throwing complete handler is told', async () => {
  const { source, failures, stream$ } = isolated()
  const unhandled = await unhandledErrors(() => {
    const subscription = stream$.subscribe({ complete: explode })
    source.complete()
    expect(subscription.closed).toBe(true)
  })
  expect(unhandled).toEqual([])
  expect(failures).toEqual([boom])
})

test('a throwing teardown is told when the stream ends, and adds nothing to a failure', () => {
  const ending = isolated()
  ending.stream$.pipe(finalize(explode)).subscribe()
  expect(() => ending.source.complete()).not.toThrow()
  expect(ending.failures).toEqual([expect.objectContaining({ name: 'UnsubscriptionError', errors: [boom] })])

  const failing = isolated()
  const first = new Error('first')
  failing.stream$.pipe(finalize(explode)).subscribe(() => {
    throw first
  })
  expect(() => failing.source.next(1)).not.toThrow()
  expect(failing.failures).toEqual([first])
})

test('what a pipe handles itself is no failure', () => {
  const { source, failures, stream$ } = isolated()
  const seen: number[] = []
  stream$
    .pipe(
      map(odd),
      catchError(() => of(-1)),
    )
    .subscribe((value) => seen.push(value))
  stream$.pipe(map(odd), retry()).subscribe((value) => seen.push(value))
  for (const value of [1, 2, 3]) source.next(value)
  expect(failures).toEqual([])
  expect(seen).toEqual([1, 1, -1, 3])
})

test('a failed subscription is removed before its failure is told', () => {
  const source = new Subject<string>()
  const seen: string[] = []
  const stream$ = new IsolatedObservable<string>(
    () => source.next('report'),
    (subscriber) => source.subscribe(subscriber),
  )
  const fail = (value: string): never => {
    seen.push(value)
    throw boom
  }
  stream$.subscribe(fail)
  stream$.pipe(map(fail)).subscribe()
  source.next('value')
  expect(seen.filter((value) => value === 'report')).toHaveLength(1)
  expect(source.observed).toBe(false)
})

test('promises of a stream resolve, and reject with what its pipe throws', async () => {
  const { source, failures, stream$ } = isolated()
  const first = firstValueFrom(stream$)
  const last = lastValueFrom(from(stream$).pipe(toArray()))
  const broken = firstValueFrom(stream$.pipe(map(explode)))
  const each = stream$.forEach(explode)
  const rejected = Promise.all([expect(broken).rejects.toBe(boom), expect(each).rejects.toBe(boom)])
  source.next(1)
  source.next(2)
  source.complete()
  expect(await first).toBe(1)
  expect(await last).toEqual([1, 2])
  await rejected
  expect(failures).toEqual([])
})

test('it can be handed to whatever takes an interoperable Observable', () => {
  const { source, failures, stream$ } = isolated()
  const key = Symbol.observable ?? '@@observable'
  expect(from(stream$)).toBe(stream$)
  expect(Reflect.get(stream$, key)).toBeInstanceOf(Function)
  const seen: number[] = []
  const foreign = { [key]: () => stream$ } as unknown as Observable<number>
  from(foreign).subscribe((value) => seen.push(value))
  source.next(1)
  expect(seen).toEqual([1])
  expect(failures).toEqual([])
})

test('subscribers behind a shared pipe are isolated from each other', async () => {
  for (const sharing of [
    share<number>(),
    shareReplay<number>({ bufferSize: 1, refCount: true }),
    (stream$: Observable<number>) => stream$.pipe(publish(), refCount()),
  ]) {
    const { source, failures, stream$ } = isolated()
    const seen: number[] = []
    const unhandled = await unhandledErrors(() => {
      const shared$ = stream$.pipe(sharing)
      shared$.subscribe(explode)
      shared$.pipe(take(5)).subscribe((value) => seen.push(value))
      source.next(1)
      source.next(2)
    })
    expect({ unhandled, failures, seen }).toEqual({ unhandled: [], failures: [boom], seen: [1, 2] })
  }
})

test('handlers are called as methods of their observer, and separate handlers work as well', () => {
  const observer = {
    seen: [] as number[],
    next(value: number) {
      this.seen.push(value)
    },
  }
  new IsolatedObservable<number>(explode, (subscriber) => of(1, 2).subscribe(subscriber)).subscribe(observer)
  expect(observer.seen).toEqual([1, 2])

  const complete = vi.fn<() => void>()
  const error = vi.fn<(error: unknown) => void>()
  new IsolatedObservable<number>(explode, (subscriber) => EMPTY.subscribe(subscriber)).subscribe(null, null, complete)
  new IsolatedObservable<number>(
    () => {},
    (subscriber) => throwError(() => boom).subscribe(subscriber),
  ).subscribe(undefined, error)
  expect(complete).toHaveBeenCalledTimes(1)
  expect(error.mock.calls).toEqual([[boom]])
})
