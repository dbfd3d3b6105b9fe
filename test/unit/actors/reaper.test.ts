import { map } from 'rxjs'
import { expect, test, vi } from 'vitest'
import { type Reaped, createReaper } from '../../../src/actors/reaper.ts'
import type { Gap } from '../../../src/events/event.ts'
import type { CursorOptions } from '../../../src/streams/read-options.ts'
import { manualTurns } from '../streams/manual-turns.ts'
import { unhandledErrors } from '../streams/unhandled-errors.ts'

const { clock } = manualTurns()

const exit = (pid: number): Omit<Reaped, 'seq'> => ({
  at: 5,
  pid,
  identity: null,
  code: 0,
  signal: null,
  status: 0,
  origin: { kind: 'child', supervisor: 'root', stream: '/web', incarnation: 1 },
})

const explode = () => {
  throw new Error('boom')
}

const refused = (message: string) => expect.objectContaining({ code: 'ERR_INVALID_SPEC', message })

async function collect(items: AsyncIterable<Reaped | Gap>): Promise<(Reaped | Gap)[]> {
  const collected: (Reaped | Gap)[] = []
  for await (const item of items) collected.push(item)
  return collected
}

test('exits are numbered from 1, published in order and kept', async () => {
  const reaper = createReaper(clock)
  const seen: Reaped[] = []
  reaper.exits$.subscribe((reaped) => seen.push(reaped))
  reaper.publish(exit(10))
  reaper.publish({ ...exit(11), origin: { kind: 'process' } })
  expect(seen).toEqual([
    { ...exit(10), seq: 1 },
    { ...exit(11), origin: { kind: 'process' }, seq: 2 },
  ])
  expect(await collect(reaper.read({ live: false }))).toEqual(seen)
})

test('an exit that is published inside a handler comes second for everybody', async () => {
  const reaper = createReaper(clock)
  const seen: number[] = []
  reaper.exits$.subscribe(({ pid }) => pid === 1 && reaper.publish(exit(2)))
  reaper.exits$.subscribe(({ seq, pid }) => seen.push(seq, pid))
  reaper.publish(exit(1))
  expect(seen).toEqual([1, 1, 2, 2])
})

test('the latest are kept, and what is gone is told to whoever asks for it', async () => {
  const reaper = createReaper(clock, { keep: 3 })
  for (let pid = 1; pid <= 10; pid += 1) reaper.publish(exit(pid))
  const seqs = async (options: CursorOptions) =>
    (await collect(reaper.read(options))).map((item) => ('seq' in item ? item.seq : item))
  expect(await seqs({ live: false })).toEqual([8, 9, 10])
  expect(await seqs({ live: false, from: 5 })).toEqual([{ type: 'gap', from: 5, to: 7, missed: 3 }, 8, 9, 10])
})

test('ten thousand are kept by default', async () => {
  const reaper = createReaper(clock)
  for (let pid = 1; pid <= 10_001; pid += 1) reaper.publish(exit(pid))
  const kept = await collect(reaper.read({ live: false }))
  expect(kept).toHaveLength(10_000)
  expect(kept[0]).toMatchObject({ seq: 2, pid: 2 })
})

test('a live reader gets later exits', async () => {
  const reaper = createReaper(clock)
  const reader = reaper.read()[Symbol.asyncIterator]()
  const next = reader.next()
  reaper.publish(exit(1))
  expect(await next).toMatchObject({ value: { pid: 1 } })
  await reader.return?.()
})

test('a subscriber that throws is a warning, and nobody else notices', async () => {
  const warn = vi.fn<(message: string) => void>()
  const reaper = createReaper(clock, { warn })
  const seen: number[] = []
  const unhandled = await unhandledErrors(() => {
    reaper.exits$.subscribe(explode)
    reaper.exits$.pipe(map(explode)).subscribe()
    reaper.exits$.subscribe(({ pid }) => seen.push(pid))
    reaper.publish(exit(1))
    reaper.publish(exit(2))
  })
  expect(unhandled).toEqual([])
  expect(seen).toEqual([1, 2])
  expect(warn).toHaveBeenCalledTimes(2)
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(/^A subscriber of reaper\.exits\$ failed and was unsubscribed: Error: boom/),
  )
})

test('by default the warning is one of the process', async () => {
  const reaper = createReaper(clock)
  reaper.exits$.subscribe(explode)
  const warned = new Promise<Error>((resolve) => void process.once('warning', resolve))
  reaper.publish(exit(1))
  expect(await warned).toMatchObject({ name: 'BroodWarning', message: expect.stringContaining('Error: boom') })
})

test('published exits cannot be changed by who sees them first', () => {
  const reaper = createReaper(clock)
  let frozen = false
  reaper.exits$.subscribe((reaped) => (frozen = Object.isFrozen(reaped)))
  reaper.publish(exit(1))
  expect(frozen).toBe(true)
})

test('misspelt and impossible options are refused', () => {
  expect(() => createReaper(clock, { keep: 0 })).toThrow(refused('Expected `keep` to be an integer >= 1, got 0.'))
  expect(() => createReaper(clock, { kept: 1 } as object)).toThrow(
    refused('Expected an option to be one of `keep`, `warn`, got `kept`.'),
  )
  // Exits have no types to choose from: asking for some would read nothing, for ever.
  expect(() => createReaper(clock).read({ types: ['process.exited'] } as CursorOptions)).toThrow(
    refused('Expected an option to be one of `from`, `live`, `bufferSize`, `overflow`, `signal`, got `types`.'),
  )
})
