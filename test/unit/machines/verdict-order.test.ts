import { describe, expect, test } from 'vitest'
import type { EventType, RestartLimit } from '../../../src/events/event.ts'
import type { ChildInput } from '../../../src/machines/input.ts'
import type { RestartOptions } from '../../../src/spec/child-options.ts'
import type { SupervisorOptions } from '../../../src/spec/supervisor-options.ts'
import { stage, type Scene } from './staging.ts'

const backoff = { minMs: 10, maxMs: 10, factor: 1, jitter: 0 }

function running(restart: Partial<RestartOptions>, options: SupervisorOptions = {}, more: object = {}): Scene {
  const type = restart.type ?? 'permanent'
  const web = { id: 'web', command: 'web', restart: { backoff, ...restart, type }, ...more } as const
  const scene = stage([web, { id: 'sibling', command: 'sibling', restart: { type: 'permanent', backoff } }], options)
  scene.run()
  for (const stream of ['/web', '/sibling']) {
    scene.tell(stream, 'start')
    scene.tell(stream, 'spawned')
  }
  return scene
}

/** A whole end nobody asked for, and what it came to. */
function end(scene: Scene, how: Extract<ChildInput, { kind: 'exited' }>, stream = '/web'): EventType[] {
  const came: EventType[] = []
  for (const input of [how, 'drained', 'gone', 'swept'] as const) {
    const told = scene.tell(stream, input)
    if (typeof told !== 'string') came.push(...told)
  }
  return came.filter((type) => type !== 'process.drained')
}

const crashed = { kind: 'exited', code: 1, signal: null } as const
const finished = { kind: 'exited', code: 0, signal: null } as const

function crashAgain(scene: Scene, stream = '/web'): EventType[] {
  const came = end(scene, crashed, stream)
  scene.tell(stream, 'backoffElapsed')
  scene.tell(stream, 'spawned')
  return came
}

const restarted: readonly EventType[] = ['process.exited', 'restart.scheduled']
const abandoned: readonly EventType[] = ['process.exited', 'restart.abandoned', 'child.stopped']
const onUnexpectedExit = (): boolean => true
const answer = (restart: boolean | null): ChildInput => ({ kind: 'answered', restart })
const delays = (scene: Scene): number => scene.state('/web')?.delayMs ?? -1
const verdictOf = (scene: Scene) => scene.staged.tree.notes.get('/web')?.verdict

describe('1. the restart type and the exit sets', () => {
  test('come first: where they refuse, nobody is asked and nothing is counted', () => {
    let asked = 0
    const scene = running({
      type: 'temporary',
      limit: { restarts: 0, withinMs: 1 },
      onUnexpectedExit: () => {
        asked++
        return true
      },
    })
    expect(end(scene, crashed)).toEqual(['process.exited', 'child.stopped'])
    expect(scene.state('/web')?.view.outcome).toBe('failed')
    expect(asked).toBe(0)
  })

  test('a prevented exit is the end of a permanent child, and for a success code it is `exited`', () => {
    const scene = running({ type: 'permanent', prevent: [0] })
    expect(end(scene, finished)).toEqual(['process.exited', 'child.stopped'])
    expect(scene.state('/web')?.view.outcome).toBe('exited')
  })

  test('a forced exit restarts a temporary child', () => {
    expect(end(running({ type: 'temporary', force: [1] }), crashed)).toEqual(restarted)
  })
})

describe('2. onUnexpectedExit', () => {
  test('is asked where the type would restart, and everything waits for its answer', () => {
    const scene = running({ onUnexpectedExit })
    expect(end(scene, crashed)).toEqual(['process.exited'])
    expect(verdictOf(scene)).toBe('asking')
    expect(scene.tell('/web', answer(true))).toEqual(['restart.scheduled'])
  })

  test('its no is final, whatever the limits would say', () => {
    const scene = running({ onUnexpectedExit, limit: { restarts: 0, withinMs: 1 } })
    end(scene, crashed)
    expect(scene.tell('/web', answer(false))).toEqual(['child.stopped'])
    expect(scene.state('/web')?.view.outcome).toBe('failed')
  })

  test('its yes does not overrule the limit', () => {
    const scene = running({ onUnexpectedExit, limit: { restarts: 0, withinMs: 1 } })
    end(scene, crashed)
    expect(scene.tell('/web', answer(true))).toEqual(['restart.abandoned', 'child.stopped'])
  })

  test.each(['threw', 'timedOut', 'badAnswer'] as const)(
    'where it %s, that is recorded and the type decides',
    (kind) => {
      const scene = running({ onUnexpectedExit })
      end(scene, crashed)
      const answered = { kind: 'answered', restart: null, problem: { kind, message: 'no' } } as const
      expect(scene.tell('/web', answered)).toEqual(['callback.failed', 'restart.scheduled'])
    },
  )

  test('an answer to a question that a stop has withdrawn counts for nothing', () => {
    const scene = running({ onUnexpectedExit })
    end(scene, crashed)
    expect(scene.tell('/web', 'stop')).toEqual(['stop.requested', 'child.stopped'])
    expect(scene.tell('/web', answer(true))).toEqual([])
  })
})

describe("3. the child's own limit", () => {
  test('five automatic restarts in five minutes are granted, the sixth is refused, and the siblings live', () => {
    const scene = running({})
    for (let n = 1; n <= 5; n++) expect(crashAgain(scene)).toEqual(restarted)
    expect(end(scene, crashed)).toEqual(abandoned)
    expect(scene.state('/web')?.view).toMatchObject({
      state: 'stopped',
      outcome: 'failed',
      restarts: 5,
      incarnation: 6,
    })
    expect(scene.state('/sibling')?.view.state).toBe('running')
  })

  test('the window slides: what is older than it no longer counts', () => {
    const scene = running({ limit: { restarts: 2, withinMs: 1_000 } })
    expect(crashAgain(scene)).toEqual(restarted)
    scene.wait(600)
    expect(crashAgain(scene)).toEqual(restarted)
    scene.wait(399)
    expect(scene.state('/web')?.history).toHaveLength(2)
    const early = end(scene, crashed)
    expect(early).toEqual(abandoned)

    const later = running({ limit: { restarts: 2, withinMs: 1_000 } })
    crashAgain(later)
    later.wait(600)
    crashAgain(later)
    later.wait(400)
    expect(crashAgain(later)).toEqual(restarted)
  })

  test.each<RestartLimit>([
    { restarts: Infinity, withinMs: 300_000 },
    { restarts: Infinity, withinMs: Infinity },
  ])('%j never refuses', (limit) => {
    const scene = running({ limit })
    for (let n = 1; n <= 100; n++) expect(crashAgain(scene)).toEqual(restarted)
    expect(scene.state('/web')?.history).toEqual([])
  })

  test('a window without an end never forgets', () => {
    const scene = running({ limit: { restarts: 1, withinMs: Infinity } })
    crashAgain(scene)
    scene.wait(1e12)
    expect(end(scene, crashed)).toEqual(abandoned)
  })

  test('only failures count: a transient child that is forced to restart after its success does so for ever', () => {
    const scene = running({ type: 'transient', force: [0], limit: { restarts: 1, withinMs: 1_000 } })
    for (let n = 1; n <= 20; n++) {
      expect(end(scene, finished)).toEqual(restarted)
      scene.tell('/web', 'backoffElapsed')
      scene.tell('/web', 'spawned')
    }
  })

  test('the end of a permanent child is a failure, however well it ended', () => {
    const scene = running({ limit: { restarts: 1, withinMs: 1_000 } })
    expect(end(scene, finished)).toEqual(restarted)
    scene.tell('/web', 'backoffElapsed')
    scene.tell('/web', 'spawned')
    expect(end(scene, finished)).toEqual(abandoned)
  })

  test('restarts that a caller asked for count for nothing', () => {
    const again = running({ limit: { restarts: 1, withinMs: 1_000 } })
    for (let n = 1; n <= 10; n++) {
      again.tell('/web', 'restart')
      for (const input of ['exited', 'drained', 'gone', 'swept', 'spawned'] as const) again.tell('/web', input)
      expect(again.state('/web')?.name).toBe('running')
    }
    expect(again.state('/web')?.history).toEqual([])
    expect(crashAgain(again)).toEqual(restarted)
    expect(end(again, crashed)).toEqual(abandoned)
  })
})

describe("4. the supervisor's intensity", () => {
  const intensity = { restarts: 2, withinMs: 1_000 }

  test('is asked only where the limit granted: an abandoned child does not count in it', () => {
    const scene = running({ limit: { restarts: 0, withinMs: 1 } }, { intensity: { restarts: 0, withinMs: 1_000 } })
    expect(end(scene, crashed)).toEqual(abandoned)
    expect(scene.staged.tree.supervisor('/')?.phase).toBe('running')
  })

  test('counts the restarts of all children, and one more than it allows ends the supervisor', () => {
    const scene = running({}, { intensity })
    expect(crashAgain(scene)).toEqual(restarted)
    expect(crashAgain(scene, '/sibling')).toEqual(restarted)
    expect(scene.tell('/web', crashed)).toEqual([
      'process.exited',
      'intensity.exceeded',
      'supervisor.stopping',
      'stop.requested',
      'splay.elapsed',
    ])
    expect(scene.staged.tree.supervisor('/')?.ending).toMatchObject({ outcome: 'failed', by: '/web' })
  })

  test('slides as well', () => {
    const scene = running({}, { intensity })
    crashAgain(scene)
    crashAgain(scene)
    scene.wait(1_000)
    expect(crashAgain(scene)).toEqual(restarted)
  })
})

describe('5. autoShutdown', () => {
  test('a significant child that was abandoned has ended by itself', () => {
    const scene = running(
      { type: 'transient', limit: { restarts: 0, withinMs: 1 } },
      { autoShutdown: 'any-significant' },
      { significant: true },
    )
    expect(end(scene, crashed)).toEqual([...abandoned, 'supervisor.stopping', 'stop.requested', 'splay.elapsed'])
    expect(scene.staged.tree.supervisor('/')?.ending?.outcome).toBe('failed')
  })

  test('one that is restarted has not ended', () => {
    const scene = running({ type: 'transient' }, { autoShutdown: 'any-significant' }, { significant: true })
    expect(crashAgain(scene)).toEqual(restarted)
    expect(scene.staged.tree.supervisor('/')?.phase).toBe('running')
  })
})

describe('the attempt', () => {
  const growing = { minMs: 10, maxMs: 1_000, factor: 2, jitter: 0 }

  test('grows with each failure, and begins anew after resetAfterMs of being ready', () => {
    const scene = running({ backoff: growing, resetAfterMs: 500 })
    const seen: number[] = []
    for (const readyFor of [0, 0, 499, 500, 0]) {
      scene.wait(readyFor)
      crashAgain(scene)
      seen.push(delays(scene))
    }
    expect(seen).toEqual([10, 20, 40, 10, 20])
  })

  test('begins anew with a restart that an operator asked for', () => {
    const scene = running({ backoff: growing })
    crashAgain(scene)
    crashAgain(scene)
    scene.tell('/web', 'restart')
    for (const input of ['exited', 'drained', 'gone', 'spawned'] as const) scene.tell('/web', input)
    crashAgain(scene)
    expect(delays(scene)).toBe(10)
  })
})
