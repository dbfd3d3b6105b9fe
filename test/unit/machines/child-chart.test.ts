import type { AnyStateNode } from 'xstate'
import { transition } from 'xstate'
import { describe, expect, test } from 'vitest'
import type { EventType } from '../../../src/events/event.ts'
import { childChart } from '../../../src/machines/child-chart.ts'
import type { ChildStateName } from '../../../src/machines/child-state.ts'
import { childTable } from '../../../src/machines/fold-child.ts'
import { supervisorTable } from '../../../src/machines/fold-supervisor.ts'
import { supervisorChart } from '../../../src/machines/supervisor-chart.ts'
import type { SupervisorPhase } from '../../../src/machines/view.ts'
import { eventTypes } from './event-types.ts'

/** Where an event leads; `noted`: it is acceptable, and the state stays. What is not named is impossible. */
type Row<S extends string, E extends string> = Partial<Record<E, S | 'noted'>>

const remarks = {
  'orphan.adopted': 'noted',
  'orphan.reaped': 'noted',
  'callback.failed': 'noted',
  'subscriber.failed': 'noted',
  'containment.reported': 'noted',
  'child.replaced': 'noted',
  'child.released': 'removed',
} as const

/** The life of a child, as lifecycle.md §1 draws it. */
const childRows: Record<ChildStateName, Row<ChildStateName, EventType>> = {
  initial: {
    ...remarks,
    'child.added': 'noted',
    'start.requested': 'waiting',
    'stop.requested': 'settling',
    'child.removed': 'removed',
  },
  waiting: {
    ...remarks,
    'spawn.requested': 'spawning',
    'signal.sent': 'noted',
    'stop.requested': 'settling',
    'restart.requested': 'settling',
    'child.stopped': 'stopped',
  },
  spawning: {
    ...remarks,
    'process.spawned': 'probing',
    'process.spawnFailed': 'settling',
    'stop.requested': 'splaying',
    'restart.requested': 'splaying',
  },
  probing: {
    ...remarks,
    'child.ready': 'running',
    'signal.sent': 'noted',
    'process.exited': 'settling',
    'ready.timedOut': 'splaying',
    'run.timedOut': 'splaying',
    'stop.requested': 'splaying',
    'restart.requested': 'splaying',
  },
  running: {
    ...remarks,
    'signal.sent': 'noted',
    'process.exited': 'settling',
    'run.timedOut': 'splaying',
    'stop.requested': 'splaying',
    'restart.requested': 'splaying',
  },
  splaying: {
    ...remarks,
    'process.spawned': 'noted',
    'process.spawnFailed': 'settling',
    'signal.sent': 'noted',
    'stop.requested': 'noted',
    'restart.requested': 'noted',
    'splay.elapsed': 'terminating',
    'process.exited': 'settling',
  },
  terminating: {
    ...remarks,
    'process.spawned': 'noted',
    'process.spawnFailed': 'settling',
    'signal.sent': 'noted',
    'stop.requested': 'noted',
    'restart.requested': 'noted',
    'killTimeout.elapsed': 'killing',
    'process.exited': 'settling',
  },
  killing: {
    ...remarks,
    'process.spawned': 'noted',
    'process.spawnFailed': 'settling',
    'signal.sent': 'noted',
    'stop.requested': 'noted',
    'restart.requested': 'noted',
    'process.exited': 'settling',
    'child.stopped': 'stopped',
  },
  settling: {
    ...remarks,
    'process.drained': 'noted',
    'signal.sent': 'noted',
    'stop.requested': 'noted',
    'restart.requested': 'noted',
    'restart.abandoned': 'noted',
    'splay.elapsed': 'noted',
    'killTimeout.elapsed': 'noted',
    'restart.scheduled': 'backingOff',
    'restart.due': 'waiting',
    'child.stopped': 'stopped',
  },
  backingOff: {
    ...remarks,
    'signal.sent': 'noted',
    'restart.due': 'waiting',
    'restart.requested': 'settling',
    'stop.requested': 'settling',
    'child.stopped': 'stopped',
  },
  stopped: {
    ...remarks,
    'signal.sent': 'noted',
    'process.drained': 'noted',
    'stop.requested': 'noted',
    'restart.requested': 'noted',
    'restart.due': 'waiting',
    'process.exited': 'settling',
    'child.stopped': 'noted',
    'child.removed': 'removed',
  },
  // Remarks are the root's, so that no state can lack them; nobody writes into a stream that has ended.
  removed: remarks,
}

const logbook = {
  'supervisor.recovered': 'initial',
  'journal.checkpointed': 'noted',
  'journal.degraded': 'noted',
  'callback.failed': 'noted',
  'orphan.adopted': 'noted',
  'orphan.reaped': 'noted',
  'subscriber.failed': 'noted',
  'containment.reported': 'noted',
} as const

const supervisorRows: Record<SupervisorPhase, Row<SupervisorPhase, EventType | 'startup.completed'>> = {
  initial: { ...logbook, 'supervisor.started': 'starting', 'supervisor.stopping': 'stopping' },
  starting: {
    ...logbook,
    'startup.completed': 'running',
    'supervisor.stopping': 'stopping',
    'intensity.exceeded': 'noted',
  },
  running: { ...logbook, 'supervisor.stopping': 'stopping', 'intensity.exceeded': 'noted' },
  stopping: { ...logbook, 'supervisor.stopping': 'noted', 'supervisor.stopped': 'stopped' },
  stopped: { ...logbook, 'supervisor.started': 'starting' },
}

describe.each(Object.entries(childRows) as [ChildStateName, Row<ChildStateName, EventType>][])(
  'a child in %s',
  (state, row) => {
    test.each(eventTypes)('%s', (type) => {
      const expected = row[type]
      expect(childTable.next(state, type)).toBe(expected === 'noted' ? state : expected)
    })
  },
)

describe.each(Object.entries(supervisorRows) as [SupervisorPhase, (typeof supervisorRows)[SupervisorPhase]][])(
  'a supervisor in %s',
  (phase, row) => {
    test.each([...eventTypes, 'startup.completed'] as const)('%s', (type) => {
      const expected = row[type]
      expect(supervisorTable.next(phase, type)).toBe(expected === 'noted' ? phase : expected)
    })
  },
)

test('the tables ask the charts: a cell is where a transition of the machine itself ends', () => {
  const from = childChart.resolveState({
    value: { starting: 'waiting' },
    context: { stream: '/a', id: 'a', kind: 'process' },
  })
  const [to] = transition(childChart, from, { type: 'spawn.requested' } as never)
  expect(to.value).toEqual({ starting: 'spawning' })
  expect(childTable.next('waiting', 'spawn.requested')).toBe('spawning')
  expect(childTable.value('spawning')).toEqual({ starting: 'spawning' })
})

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

/** What a chart must not have: whatever would make its next state depend on more than state and event. */
function impurities(root: AnyStateNode): string[] {
  return nodesOf(root).flatMap((node) => {
    const found: string[] = []
    for (const transitions of node.transitions.values()) {
      if (transitions.some(({ guard }) => guard !== undefined)) found.push(`${node.id}: a guard`)
      if (transitions.length > 1) found.push(`${node.id}: a choice`)
    }
    if (node.after.length > 0) found.push(`${node.id}: after`)
    if (node.invoke.length > 0) found.push(`${node.id}: invoke`)
    if (node.always !== undefined && node.always.length > 0) found.push(`${node.id}: always`)
    return found
  })
}

test.each([
  ['child', childChart],
  ['supervisor', supervisorChart],
])('the chart of a %s has no guards, no timers, no invocations and no choices', (_, chart) => {
  expect(impurities(chart.root)).toEqual([])
  expect(nodesOf(chart.root).length).toBeGreaterThan(5)
})

test('a chart with a guard, a timer and an invocation would be found out', async () => {
  const { createMachine, fromPromise } = await import('xstate')
  const impure = createMachine({
    id: 'bad',
    initial: 'a',
    states: {
      a: { on: { go: { target: 'b', guard: () => true } }, after: { 10: 'b' } },
      b: { invoke: { src: fromPromise(async () => 1) }, always: { target: 'a', guard: () => false } },
    },
  })
  expect(impurities(impure.root)).toEqual(['bad.a: a guard', 'bad.a: after', 'bad.b: invoke', 'bad.b: always'])
})

test('only `removed` is final', () => {
  const finals = nodesOf(childChart.root).filter(({ type }) => type === 'final')
  expect(finals.map(({ key }) => key)).toEqual(['removed'])
  expect(nodesOf(supervisorChart.root).filter(({ type }) => type === 'final')).toEqual([])
})
