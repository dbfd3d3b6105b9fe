import { announcesGap } from '../../events/continuity.ts'
import type { RecordedEvent } from '../../events/event.ts'
import type { Law } from './law.ts'

/** `seq`: from 1 or from a checkpoint, one by one; a gap only where `journal.degraded` tells it and a checkpoint follows. */
const seqIsGapless: Law = {
  invariant: 'seq-is-gapless',
  watch(_scene, accuse) {
    let last: number | undefined
    let hole: { readonly from: number; readonly to: number; readonly event: RecordedEvent } | undefined
    const untold = (): void => {
      if (hole !== undefined) accuse(hole.event, `${hole.from} to ${hole.to} are missing, and nothing tells it`)
      hole = undefined
    }
    return {
      always(event) {
        const { seq, type } = event
        // A store that was lost and begun anew begins with what tells so, and the checkpoint behind it.
        if (last === undefined && announcesGap(event)) hole = { from: event.data.from ?? 1, to: seq - 1, event }
        else if (last === undefined) {
          if (seq !== 1 && type !== 'journal.checkpointed') accuse(event, 'a log begins with seq 1 or a checkpoint')
        } else if (seq > last + 1) {
          untold()
          hole = { from: last + 1, to: seq - 1, event }
        } else if (seq !== last + 1) accuse(event, `follows seq ${last}`)
        last = seq
        if (event.type === 'journal.degraded') {
          const { from = Infinity, to = 0 } = event.data
          if (hole !== undefined && from <= hole.from && to >= hole.to) hole = undefined
        } else if (type === 'journal.checkpointed') untold()
      },
      end: untold,
    }
  },
}

/** What was lost is counted truthfully. */
const gapsAreCounted: Law = {
  invariant: 'gaps-are-counted',
  watch(_scene, accuse) {
    return {
      always(event) {
        if (event.type !== 'journal.degraded') return
        const { droppedEvents, from, to } = event.data
        if (from === undefined && to === undefined) return
        if (from === undefined || to === undefined || droppedEvents !== to - from + 1 || to >= event.seq) {
          accuse(event, `tells of ${droppedEvents} lost events from ${from} to ${to}`)
        }
      },
    }
  },
}

/** `revision`: from 1, one by one, within each stream. */
const revisionIsGapless: Law = {
  invariant: 'revision-is-gapless',
  watch(scene, accuse) {
    const revisions = new Map<string, number>()
    return {
      always(event) {
        const { stream, revision, type, seq } = event
        const isUnknown = scene.isBlind || seq > scene.seq + 1
        if (isUnknown && type === 'journal.checkpointed') {
          revisions.clear()
          for (const [of, last] of revisionsIn(event.data.state)) revisions.set(of, last)
        }
        const last = revisions.get(stream) ?? 0
        if (revision !== last + 1 && (!isUnknown || type === 'journal.checkpointed')) {
          accuse(event, `revision ${revision} of ${stream} follows ${last}`)
        }
        revisions.set(stream, revision)
      },
    }
  },
}

/** What a checkpoint of any version that can be restored says of the streams so far. */
function revisionsIn(state: unknown): readonly (readonly [string, number])[] {
  const { revisions } = (state ?? {}) as { readonly revisions?: readonly (readonly [string, number])[] }
  return Array.isArray(revisions) ? revisions : []
}

/** What an event answers is older than the event. */
const causesAreOlder: Law = {
  invariant: 'causes-are-older',
  watch(_scene, accuse) {
    return {
      always(event) {
        const { causedBy, seq } = event
        if (causedBy === undefined) return
        if (!(Number.isSafeInteger(causedBy) && causedBy >= 1 && causedBy < seq)) {
          accuse(event, `is caused by ${causedBy}`)
        }
      },
    }
  },
}

/** Monotonic time runs forwards from the beginning of a run to its end; the next run may be of another uptime. */
const timeRunsForwards: Law = {
  invariant: 'time-runs-forwards',
  watch(_scene, accuse) {
    let latest = -Infinity
    return {
      always(event) {
        const type: string = event.type
        if (type === 'supervisor.recovered' || tellsOfATail(event)) latest = -Infinity
        if (event.mono < latest) accuse(event, `${latest - event.mono} ms before the event it follows`)
        latest = type === 'supervisor.stopped' && event.stream === '/' ? -Infinity : Math.max(latest, event.mono)
      },
    }
  },
}

/** The first word of a host that has found the end of the log damaged: it may be of another boot. */
function tellsOfATail(event: RecordedEvent): boolean {
  if (event.type !== 'journal.degraded') return false
  const { from, droppedEvents, droppedBytes } = event.data
  return from === undefined && (droppedEvents !== undefined || droppedBytes !== undefined)
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1

/** Every envelope has what all envelopes have, and says of the payload what the payload says itself. */
const envelopesAreSound: Law = {
  invariant: 'envelopes-are-sound',
  watch(_scene, accuse) {
    return {
      always(event) {
        const { seq, revision, v, stream, at, mono, incarnation, cause, data } = event
        const wrong = (what: string): void => accuse(event, what)
        if (!isCount(seq) || !isCount(revision) || !isCount(v)) wrong('seq, revision and v must be integers >= 1')
        if (typeof stream !== 'string' || !stream.startsWith('/')) wrong(`"${stream}" is no stream`)
        if (!Number.isFinite(at) || !Number.isFinite(mono)) wrong(`at ${at}, mono ${mono}`)
        if (incarnation !== undefined && !isCount(incarnation)) wrong(`incarnation ${incarnation}`)
        if (typeof data !== 'object' || data === null) return wrong('has no payload')
        const told = (data as { readonly cause?: unknown }).cause
        if (cause !== told) wrong(`cause ${cause}, and ${String(told)} in the payload`)
      },
    }
  },
}

export const numberLaws: readonly Law[] = [
  seqIsGapless,
  gapsAreCounted,
  revisionIsGapless,
  causesAreOlder,
  timeRunsForwards,
  envelopesAreSound,
]
