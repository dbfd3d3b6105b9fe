import type { ChildInput } from '../machines/input.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import type { Clock } from '../ports.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { redactor } from '../spec/redact.ts'
import type { Place } from './place.ts'
import { askPolicy, type PolicyAnswer } from './question.ts'

export interface QuestionsParts<Home> {
  readonly tree: LiveTree
  readonly clock: Clock
  readonly specOf: (stream: string) => ChildSpec | undefined
  readonly placeOf: (stream: string) => Place<Home> | undefined
  /** Tells the tree that owns the child by now. */
  readonly answered: (place: Place<Home>, incarnation: number, answer: ChildInput) => void
}

/** What callers' policies are being asked about: at most one exit of each child. */
export interface Questions {
  /** Asks about an exit that waits for an answer; whatever was asked before is withdrawn. */
  ask(stream: string): void
  withdraw(stream: string): void
  /** How to withdraw what is open, by whoever owns the child from here on. */
  leave(stream: string): (() => void) | undefined
  enter(stream: string, withdraw: () => void): void
}

export function createQuestions<Home>(parts: QuestionsParts<Home>): Questions {
  const { tree, clock, specOf, placeOf, answered } = parts
  const open = new Map<string, () => void>()
  const withdraw = (stream: string): void => {
    open.get(stream)?.()
    open.delete(stream)
  }
  return {
    withdraw,
    ask(stream) {
      const child = tree.child(stream)
      const spec = specOf(stream)
      const policy = spec?.restart.onUnexpectedExit
      const place = placeOf(stream)
      if (child === undefined || child.ended === null || policy === undefined || place === undefined) return
      if (tree.notes.get(stream)?.verdict !== 'asking') return
      withdraw(stream)
      const { incarnation } = child.view
      const redact = redactor(spec?.kind === 'process' ? spec.secrets : [])
      // Whoever is asked knows what the child was given, and may say so when it throws.
      const hide = ({ problem, ...answer }: PolicyAnswer): PolicyAnswer =>
        problem === undefined ? answer : { ...answer, problem: { ...problem, message: redact(problem.message) } }
      open.set(
        stream,
        askPolicy(policy, child.ended, clock, (answer) => answered(place, incarnation, hide(answer))),
      )
    },
    leave(stream) {
      const question = open.get(stream)
      open.delete(stream)
      return question
    },
    enter: (stream, question) => void open.set(stream, question),
  }
}
