import { describe, expect, test } from 'vitest'
import type { EventData, EventType, RecordedEvent } from '../../src/events/event.ts'
import type { Journal } from '../../src/ports.ts'

/** One store under test. */
export interface JournalFixture {
  /** Not opened yet. */
  readonly journal: Journal
  /** Another look at the same store, after the first was closed: the same object, or a fresh one on the same file. */
  readonly reopen: () => Journal
  /** Closes what is open and leaves nothing behind. */
  readonly dispose: () => void
}

function recorded<T extends EventType>(seq: number, type: T, data: EventData[T], stream: string): RecordedEvent {
  return { seq, stream, revision: seq, at: 1_000 + seq, mono: seq, type, v: 1, data } as unknown as RecordedEvent
}

const fact = (seq: number) => recorded(seq, 'restart.scheduled', { delayMs: seq, attempt: 0, cause: 'crash' }, '/web')
const checkpoint = (seq: number) => recorded(seq, 'journal.checkpointed', { state: { children: [] } }, '/')
const stopped = (seq: number, stream: string) => recorded(seq, 'supervisor.stopped', { outcome: 'stopped' }, stream)

function facts(from: number, to: number): RecordedEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => fact(from + index))
}

const numbers = (events: readonly RecordedEvent[]) => events.map((event) => event.seq)

/** A durable journal cuts when it commits. */
function record(journal: Journal, events: readonly RecordedEvent[]): void {
  journal.append(events)
  journal.commit()
}

/** What every journal promises, whatever it is made of. `make` is asked for a fresh, empty store by each test. */
export function describeJournal(name: string, make: (options: { readonly retain?: number }) => JournalFixture): void {
  function check(claim: string, options: { readonly retain?: number }, body: (fixture: JournalFixture) => void): void {
    test(claim, () => {
      const fixture = make(options)
      try {
        body(fixture)
      } finally {
        fixture.dispose()
      }
    })
  }

  describe(name, () => {
    check('a fresh one is empty', {}, ({ journal }) => {
      expect(journal.open()).toEqual({ seq: 0, ended: 'empty' })
      expect([journal.first, journal.last, journal.read(1, 10)]).toEqual([1, 0, []])
    })

    check('what was appended is read back, in order and in parts', {}, ({ journal }) => {
      journal.open()
      journal.append(facts(1, 3))
      journal.append([])
      journal.append(facts(4, 5))
      journal.commit()
      expect([journal.first, journal.last]).toEqual([1, 5])
      expect(journal.read(1, 100)).toEqual(facts(1, 5))
      expect(journal.read(2, 2)).toEqual(facts(2, 3))
      expect(journal.read(5, 10)).toEqual(facts(5, 5))
      expect(journal.read(6, 10)).toEqual([])
    })

    check('optional parts of the envelope are kept, and absent ones stay absent', {}, ({ journal }) => {
      const full = { ...fact(1), child: 'web', incarnation: 2, cause: 'crash', causedBy: 7 } as RecordedEvent
      journal.open()
      journal.append([full, fact(2)])
      expect(journal.read(1, 2)).toStrictEqual([full, fact(2)])
    })

    check('the numbers have no gap: a batch that does not follow is refused whole', {}, ({ journal }) => {
      journal.open()
      journal.append(facts(1, 2))
      for (const batch of [[fact(4)], [fact(2)], [fact(3), fact(5)], [fact(3), fact(3)]]) {
        expect(() => journal.append(batch)).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_CONFLICT' }))
      }
      expect(numbers(journal.read(1, 10))).toEqual([1, 2])
      journal.append([fact(3)])
      expect(journal.last).toBe(3)
    })

    check('what is appended can be read before it is committed', {}, ({ journal, reopen }) => {
      journal.open()
      record(journal, facts(1, 2))
      journal.append(facts(3, 5))
      expect([journal.first, journal.last]).toEqual([1, 5])
      expect(journal.read(2, 2)).toEqual(facts(2, 3))
      expect(journal.read(4, 10)).toEqual(facts(4, 5))
      journal.commit()
      journal.close()
      expect(reopen().open().seq).toBe(5)
    })

    check('a closed one can still be read', {}, ({ journal }) => {
      journal.open()
      record(journal, facts(1, 5))
      journal.close()
      expect([journal.first, journal.last]).toEqual([1, 5])
      expect(journal.read(2, 2)).toEqual(facts(2, 3))
    })

    check('it belongs to one at a time', {}, ({ journal, reopen }) => {
      journal.open()
      expect(() => journal.open()).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_LOCKED' }))
      journal.close()
      journal.close()
      expect(reopen().open()).toEqual({ seq: 0, ended: 'empty' })
    })

    check('nobody appends to one that is not open', {}, ({ journal }) => {
      const refusal = expect.objectContaining({ code: 'ERR_INVALID_STATE' })
      expect(() => journal.append([fact(1)])).toThrow(refusal)
      journal.open()
      journal.close()
      expect(() => journal.append([fact(1)])).toThrow(refusal)
    })

    check('after closing it goes on where it ended', {}, ({ journal, reopen }) => {
      journal.open()
      journal.append(facts(1, 2))
      journal.commit()
      journal.close()
      const again = reopen()
      expect(again.open()).toEqual({ seq: 2, ended: 'open' })
      again.append([fact(3)])
      expect(numbers(again.read(1, 10))).toEqual([1, 2, 3])
    })

    check('it ended cleanly only with the stop of the root', {}, ({ journal, reopen }) => {
      journal.open()
      journal.append([fact(1), stopped(2, '/nested')])
      journal.commit()
      journal.close()
      const second = reopen()
      expect(second.open()).toEqual({ seq: 2, ended: 'open' })
      second.append([stopped(3, '/')])
      second.commit()
      second.close()
      const third = reopen()
      expect(third.open()).toEqual({ seq: 3, ended: 'clean' })
      third.append([fact(4)])
      third.commit()
      third.close()
      expect(reopen().open()).toEqual({ seq: 4, ended: 'open' })
    })

    check('nothing is dropped without a checkpoint', { retain: 5 }, ({ journal }) => {
      journal.open()
      expect(journal.retain).toBe(5)
      record(journal, facts(1, 50))
      expect([journal.first, journal.last]).toEqual([1, 50])
    })

    check('it is cut before the newest checkpoint that leaves enough', { retain: 5 }, ({ journal }) => {
      journal.open()
      record(journal, [...facts(1, 2), checkpoint(3), ...facts(4, 5)])
      // It leaves three: the cut has to wait.
      expect(journal.first).toBe(1)
      record(journal, [checkpoint(6)])
      expect(journal.first).toBe(1)
      record(journal, [checkpoint(7)])
      expect(journal.first).toBe(3)
      record(journal, [...facts(8, 9), checkpoint(10)])
      expect(journal.first).toBe(6)
      record(journal, [checkpoint(11)])
      expect(journal.first).toBe(7)
      expect(journal.read(1, 2)).toEqual([checkpoint(7), fact(8)])
      expect(journal.last).toBe(11)
    })

    check('only a checkpoint cuts', { retain: 5 }, ({ journal }) => {
      journal.open()
      record(journal, [fact(1), checkpoint(2), fact(3)])
      record(journal, facts(4, 20))
      expect(journal.first).toBe(1)
      // What follows it in the same batch counts among what it leaves.
      record(journal, [checkpoint(21), ...facts(22, 25)])
      expect(journal.first).toBe(21)
    })

    check('a checkpoint that leaves enough by itself is the beginning', { retain: 1 }, ({ journal }) => {
      journal.open()
      record(journal, [...facts(1, 9), checkpoint(10)])
      expect(numbers(journal.read(1, 100))).toEqual([10])
      record(journal, facts(11, 13))
      expect(numbers(journal.read(1, 100))).toEqual([10, 11, 12, 13])
    })

    check('a long one begins with 1 or a checkpoint, and keeps what it must', { retain: 100 }, ({ journal }) => {
      journal.open()
      for (let from = 1; from <= 5000; from += 50) {
        record(journal, [...facts(from, from + 48), from % 100 === 51 ? checkpoint(from + 49) : fact(from + 49)])
        const [oldest] = journal.read(1, 1)
        expect(oldest?.seq === 1 || oldest?.type === 'journal.checkpointed').toBe(true)
        expect(oldest?.seq).toBe(journal.first)
        expect(journal.last - journal.first + 1).toBeGreaterThanOrEqual(Math.min(100, journal.last))
        expect(journal.last - journal.first + 1).toBeLessThanOrEqual(300)
      }
    })
  })
}
