import { initialTransition, transition } from 'xstate'
import { expect, test } from 'vitest'
import type { EventType } from '../../../src/events/event.ts'
import { childChart } from '../../../src/machines/child-chart.ts'
import type { ChildStateName } from '../../../src/machines/child-state.ts'
import { childTable } from '../../../src/machines/fold-child.ts'

const context = { stream: '/web', id: 'web', kind: 'process' } as const

function owedBy(state: ChildStateName, type: EventType): readonly string[] {
  const from = childChart.resolveState({ value: childTable.value(state), context })
  const [, actions] = transition(childChart, from, { type } as never)
  return actions.map((action) => action.type)
}

/** What a state owes the world when an event leads to it (lifecycle.md §1, §3): in this order. */
test.each<[ChildStateName, EventType, readonly string[]]>([
  ['initial', 'start.requested', []],
  ['waiting', 'spawn.requested', ['spawn']],
  ['spawning', 'process.spawned', ['armReadyTimeout', 'armRunTimeout']],
  ['probing', 'child.ready', ['disarmReadyTimeout']],
  ['probing', 'ready.timedOut', ['disarmReadyTimeout', 'armSplay']],
  ['probing', 'process.exited', ['disarmReadyTimeout', 'killRemnants', 'askPolicy']],
  // After an exit nobody asked for, what is left of the group is killed at once.
  ['running', 'process.exited', ['killRemnants', 'askPolicy']],
  ['running', 'stop.requested', ['armSplay']],
  ['running', 'restart.requested', ['armSplay']],
  ['running', 'run.timedOut', ['armSplay']],
  ['splaying', 'splay.elapsed', ['disarmSplay', 'signalStop', 'armKillTimeout']],
  // The leader went before its signal: its group still gets the ladder.
  ['splaying', 'process.exited', ['disarmSplay', 'signalStop', 'armKillTimeout', 'askPolicy']],
  ['splaying', 'process.spawned', ['noted']],
  // The leader's exit does not end the grace: the timer stays armed.
  ['terminating', 'process.exited', ['askPolicy']],
  ['terminating', 'killTimeout.elapsed', ['signalKill', 'armVerify']],
  ['terminating', 'process.spawned', ['signalStop']],
  ['killing', 'process.spawned', ['signalKill', 'armVerify']],
  ['killing', 'process.exited', ['askPolicy']],
  ['killing', 'child.stopped', ['disarmLife']],
  ['settling', 'killTimeout.elapsed', ['signalKill', 'armVerify']],
  ['settling', 'stop.requested', ['withdrawQuestion']],
  ['settling', 'restart.requested', ['withdrawQuestion']],
  ['settling', 'restart.scheduled', ['disarmLife', 'armBackoff']],
  ['settling', 'restart.due', ['disarmLife']],
  ['settling', 'child.stopped', ['disarmLife', 'disarmLife']],
  ['backingOff', 'restart.due', ['disarmBackoff']],
  // Of an earlier life something may be left that was killed and cannot be: its proof is due.
  ['backingOff', 'stop.requested', ['disarmBackoff', 'armVerify']],
  ['waiting', 'stop.requested', ['armVerify']],
  // Only what could not be killed is asked again.
  ['stopped', 'stop.requested', ['signalKill']],
])('%s × %s owes %j', (state, type, expected) => {
  expect(owedBy(state, type)).toEqual(expected)
})

test('a child that begins owes nothing', () => {
  const [, actions] = initialTransition(childChart, context)
  expect(actions.map((action) => action.type)).toEqual([])
})
