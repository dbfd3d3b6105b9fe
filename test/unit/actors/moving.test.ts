import { describe, expect, test } from 'vitest'
import { createSupervisor, type Child, type Supervisor } from '../../../src/index.ts'
import { rows, type MovingRow } from './moving-rows.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

interface Told {
  /** Every view of the child with the moment it was shown, from before the move on. */
  readonly views: readonly string[]
  readonly incarnations: readonly number[]
  readonly promises: readonly unknown[]
  readonly completed: boolean
  readonly left: readonly string[]
}

const placeOf = ({ view }: Child): string =>
  view.substate === undefined ? view.state : `${view.state}.${view.substate}`

/** Lets a child live for half a minute; `move` is done to it where the row says. */
async function live(row: MovingRow, move: (scene: Scene, child: Child) => void): Promise<Told> {
  const scene = createScene({}, row.program === undefined ? {} : { web: row.program })
  await scene.start()
  const child = scene.supervisor.add(
    { id: 'web', command: 'web', restart: afterASecond, ...row.options },
    { start: false },
  )
  const views: string[] = []
  const incarnations: number[] = []
  let completed = false
  let last: string | undefined
  child.state$.subscribe({
    next({ stream: _stream, since: _since, ...view }) {
      const shown = JSON.stringify(view)
      // That its stream is another is all that a move may show.
      if (shown !== last) views.push(`${scene.world.now} ${shown}`)
      last = shown
    },
    complete: () => (completed = true),
  })
  child.incarnations$.subscribe(({ number }) => incarnations.push(number))
  const first = row.lead(child)
  const pending = [first === undefined ? undefined : watch(first)]
  await scene.world.advance(row.afterMs)
  expect(placeOf(child)).toBe(row.at)
  move(scene, child)
  expect(placeOf(child)).toBe(row.at)
  await scene.world.advance(0)
  const second = row.after?.(child)
  if (second !== undefined) pending.push(watch(second))
  await scene.world.advance(30_000)
  const promises = pending.map((one) => one && [one.settled, one.code, strip(one.value)])
  const left = scene.world.processes().map(({ command, state }) => `${command} ${state}`)
  expect(scene.world.problems).toEqual([])
  return { views, incarnations, promises, completed, left }
}

const strip = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value).replaceAll(/"(stream|since|at)":("[^"]*"|\d+),?/g, ''))

const started = (scene: Scene, more: object = {}): Supervisor => {
  const other = createSupervisor({ ...more, ports: scene.world.ports })
  void other.start()
  return other
}

const moves: Readonly<Record<string, (scene: Scene, child: Child) => void>> = {
  released: (scene, child) => expect(scene.supervisor.release('web')).toBe(child),
  adopted: (scene, child) => expect(started(scene).adopt(child)).toBeUndefined(),
  'released, then adopted': (scene, child) => {
    scene.supervisor.release('web')
    started(scene).adopt(child)
  },
  'released, and taken back': (scene) => void scene.supervisor.adopt(scene.supervisor.release('web')),
  'released by a supervisor that then stops': (scene) => {
    scene.supervisor.release('web')
    void scene.supervisor.stop()
    expect(scene.supervisor.view.state).toBe('stopped')
  },
  'passed from hand to hand': (scene, child) => {
    for (const _ of [1, 2, 3]) started(scene).adopt(child)
  },
}

describe.each(Object.keys(moves))('a child that is %s goes on as if nothing had happened', (how) => {
  test.each(rows.map((row, nth) => [row.at, nth, row] as const))('in %s (row %i)', async (_at, _nth, row) => {
    const stayed = await live(row, () => {})
    const moved = await live(row, moves[how] ?? (() => {}))
    expect(moved).toEqual(stayed)
    expect(moved.completed).toBe(false)
  })
})

test('a child that is removed and added again does not: the same comparison finds it', async () => {
  const row: MovingRow = { at: 'running', options: {}, lead: (child) => child.start(), afterMs: 50 }
  const stayed = await live(row, () => {})
  const moved = await live(row, (scene) => void scene.supervisor.remove('web')).catch(() => undefined)
  expect(moved).not.toEqual(stayed)
})
