import { describe, expect, test } from 'vitest'
import type { ChildStateName } from '../../../src/machines/child-state.ts'
import { childDecisions } from '../../../src/machines/child-table.ts'
import { childTable } from '../../../src/machines/fold-child.ts'
import { decisionRows, inputNames, removedCells } from './child-decisions.ts'
import type { DecisionRow } from './decision-row.ts'
import { inputs, stage, type InputName, type Scene } from './staging.ts'

const stop = { killTimeoutMs: 5_000, splayMs: 100 }

function bring({ child, path, state }: DecisionRow): Scene {
  const web = { id: 'web', command: 'web', ready: 'manual', stop, restart: 'permanent', ...child } as const
  const scene = stage([{ id: 'db', command: 'db', ready: 'manual' }, web])
  scene.run()
  for (const input of path) scene.tell('/web', input)
  expect(scene.state('/web')?.name).toBe(state)
  return scene
}

for (const row of decisionRows) {
  describe(`${row.state}: ${row.when}`, () => {
    for (const [input, expected] of Object.entries(row.cells) as [InputName, unknown][]) {
      test(`${input} → ${Array.isArray(expected) ? expected.join(', ') || 'nothing' : String(expected)}`, () => {
        const scene = bring(row)
        const before = scene.state('/web')
        expect(scene.tell('/web', input, row.about)).toEqual(expected)
        if (expected === 'ERR_INVALID_STATE') expect(scene.state('/web')).toBe(before)
      })
    }
  })
}

test.each(Object.entries(removedCells) as [InputName, unknown][])('removed: %s → %j', (input, expected) => {
  const scene = stage([{ id: 'web', command: 'web' }])
  scene.run()
  scene.staged.apply({ of: 'remove', stream: '/web' })
  expect(scene.state('/web')).toBeUndefined()
  expect(scene.tell('/web', input)).toEqual(expected)
})

test('the rows leave no cell out', () => {
  const missing: string[] = []
  for (const state of Object.keys(childDecisions) as ChildStateName[]) {
    const stated =
      state === 'removed' ? [removedCells] : decisionRows.filter((row) => row.state === state).map((row) => row.cells)
    for (const input of inputNames) {
      if (!stated.some((cells) => cells[input] !== undefined)) missing.push(`${state} × ${input}`)
    }
  }
  expect(missing).toEqual([])
})

test('whatever a cell records of the current life, the chart accepts when its turn comes', () => {
  const refused: string[] = []
  for (const row of decisionRows) {
    for (const input of Object.keys(row.cells) as InputName[]) {
      const { staged, state } = bring(row)
      let name = state('/web')?.name ?? 'removed'
      if (row.about !== undefined) continue
      const { draft } = staged.decide({ of: 'child', stream: '/web', input: inputs[input] })
      for (const event of draft.events) {
        if (event.stream !== '/web') continue
        const next = childTable.next(name, event.type)
        if (next === undefined) refused.push(`${row.state} (${row.when}) × ${input}: ${event.type} in ${name}`)
        else name = next
      }
    }
  }
  expect(refused).toEqual([])
})
