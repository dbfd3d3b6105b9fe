import { statusOf, type Cause } from '../events/exit.ts'
import type { ChildState } from './child-state.ts'
import { inAnswer, recordOf, type Draft } from './draft.ts'
import type { ChildObservation } from './input.ts'
import { drawLadder, climb } from './ladder.ts'
import { restLate } from './rest.ts'
import { judge, settle } from './settle.ts'
import { isSuccess } from './verdict.ts'
import { proceed } from './waiting.ts'

type Observed<K extends ChildObservation['kind']> = Extract<ChildObservation, { readonly kind: K }>

/** A process has begun; without a readiness to wait for, that is all there is to being ready. */
export function spawned(draft: Draft, child: ChildState, { pid, identity, spawnMs }: Observed<'spawned'>): void {
  // A process brings things that end after it does; tasks and nested supervisors have neither group nor pipes.
  if (pid !== null) {
    const { unswept } = draft.notes(child.stream)
    draft.note(child.stream, { gone: false, killed: false, drained: false, unswept: unswept + 1 })
  }
  draft.note(child.stream, { verdict: null })
  recordOf(draft, child, 'process.spawned', { pid, identity, spawnMs })
  const begun = draft.child(child.stream)
  if (begun?.name === 'probing' && draft.tree.policies.get(child.stream)?.readiness === 'spawned') {
    inAnswer(draft, () => ready(draft, begun))
  }
}

export function ready(draft: Draft, child: ChildState): void {
  recordOf(draft, child, 'child.ready', {})
}

/** Nothing began: there is no exit to judge, but a failure all the same. A dropped spawn is answered here too. */
export function spawnFailed(draft: Draft, child: ChildState, failure: Observed<'spawnFailed'>): void {
  const { code, message, errno } = failure
  draft.note(child.stream, { verdict: null })
  recordOf(draft, child, 'process.spawnFailed', { code, message, ...(errno === undefined ? {} : { errno }) })
  inAnswer(draft, () => goOn(draft, child))
}

/** The leader is dead. What is left of its group, its output and its policy's answer are awaited in `settling`. */
export function exited(draft: Draft, child: ChildState, { code, signal, message }: Observed<'exited'>): void {
  const policy = draft.tree.policies.get(child.stream)
  if (policy === undefined) return
  const succeeded = isSuccess(policy.restart, { code, signal })
  const laddered =
    child.name === 'splaying' || child.name === 'terminating' || child.name === 'killing' || child.name === 'stopped'
  const unasked: Cause = laddered ? 'timeout' : succeeded ? 'finished' : 'crash'
  recordOf(draft, child, 'process.exited', {
    pid: child.pid,
    identity: child.identity,
    code,
    signal,
    status: statusOf(code, signal),
    expected: child.asked !== null || (policy.oneShot && succeeded && !laddered),
    cause: child.asked?.cause ?? unasked,
    ...(message === undefined ? {} : { message }),
  })
  inAnswer(draft, () => goOn(draft, child))
}

/** What nobody asked for is judged; what was asked for goes on as asked. */
function goOn(draft: Draft, child: ChildState): void {
  // The late death of what could not be killed is its end, whoever had asked for what.
  if (child.asked === null && child.name !== 'stopped') judge(draft, child.stream)
  else settle(draft, child.stream)
}

/** What could not be killed has died after all; whatever else rests has no process that could. */
export function exitedLate(draft: Draft, child: ChildState, observed: Observed<'exited'>): void {
  if (child.view.outcome === 'unkillable' && !child.exited) exited(draft, child, observed)
}

export function drained(draft: Draft, child: ChildState, { cut }: Observed<'drained'>): void {
  draft.note(child.stream, { drained: true })
  // What was left of a life that an earlier host saw end says once more that there is nothing to read.
  if (!child.drained) recordOf(draft, child, 'process.drained', { cut })
  settleLate(draft, child)
}

export function gone(draft: Draft, child: ChildState): void {
  draft.note(child.stream, { gone: true })
  settleLate(draft, child)
}

export function swept(draft: Draft, child: ChildState): void {
  draft.note(child.stream, { unswept: Math.max(draft.notes(child.stream).unswept - 1, 0) })
  // A start that was refused still owed this proof.
  proceed(draft, child.stream)
  settleLate(draft, child)
}

/** Goes on settling; and an unkillable child of which nothing is left after all gets its second, truthful end. */
function settleLate(draft: Draft, child: ChildState): void {
  settle(draft, child.stream)
  const { gone: empty, unswept } = draft.notes(child.stream)
  if (child.name !== 'stopped' || child.view.outcome !== 'unkillable' || !child.exited || !empty || unswept > 0) return
  restLate(draft, child)
}

export function signalled(draft: Draft, child: ChildState, sent: Observed<'signalled'>, incarnation: number): void {
  const { signal, to, stage, pid } = sent
  recordOf(draft, child, 'signal.sent', { signal, to, stage, pid }, incarnation)
}

/** Late for being ready, or for being done: the ladder, though nobody asked for it. */
export function timedOut(draft: Draft, child: ChildState, what: 'ready.timedOut' | 'run.timedOut'): void {
  const policy = draft.tree.policies.get(child.stream)
  if (policy === undefined) return
  const timeoutMs = what === 'ready.timedOut' ? policy.readyTimeoutMs : policy.runTimeoutMs
  recordOf(draft, child, what, { timeoutMs, ...drawLadder(draft, policy.stop, false) })
  inAnswer(draft, () => climb(draft, child.stream, false))
}

/** No proof came in time: the child rests as what it is, and its survivors are named. */
export function unproven(draft: Draft, child: ChildState, observed: Observed<'unproven'>): void {
  const { survivors, unnamed = false } = observed
  // The last of it died while they were looked up: the proof is on its way. Or its spawn is: that comes first.
  if (!unnamed && (survivors.length === 0 || (child.pid === null && !child.exited))) return
  recordOf(draft, child, 'child.stopped', {
    outcome: 'unkillable',
    ...(child.ended === null ? {} : { exit: child.ended }),
    error: {
      code: 'ERR_STOP_TIMEOUT',
      message: unnamed
        ? `"${child.view.id}" still runs: it ignores the abort of its signal`
        : `"${child.view.id}" could not be proven gone: ${survivors.length} left alive`,
    },
    survivors,
  })
}

/** One more SIGKILL was no more use than the ones before. */
export function stillUnproven(draft: Draft, child: ChildState, observed: Observed<'unproven'>): void {
  if (child.view.outcome === 'unkillable') unproven(draft, child, observed)
}

export function answered(draft: Draft, child: ChildState, { restart, problem }: Observed<'answered'>): void {
  if (problem !== undefined) {
    recordOf(draft, child, 'callback.failed', {
      callback: 'onUnexpectedExit',
      problem: problem.kind,
      message: problem.message,
    })
  }
  if (child.asked === null && draft.notes(child.stream).verdict === 'asking') judge(draft, child.stream, restart)
}
