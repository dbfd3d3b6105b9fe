import type { RecordedEvent } from '../events/event.ts'

/** Reads a journal from an event on to its present end, beside whoever writes it. */
export type OpenJournal = (path: string, options?: { readonly from?: number }) => AsyncIterable<RecordedEvent>
