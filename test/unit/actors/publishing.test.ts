import type { Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent, SupervisorView } from '../../../src/index.ts'
import { afterASecond, createScene, watch, webAndDb } from './scene.ts'

describe('one turn is told in this order', () => {
  test("events, then the child's state$, then the supervisor's state$, then promises", async () => {
    const scene = await webAndDb()
    const told: string[] = []
    scene.supervisor.state$.subscribe(({ children }) => told.push(`supervisor ${children[0]?.state}`))
    scene.child('web').state$.subscribe(({ state }) => told.push(`child ${state}`))
    scene.supervisor.events$.subscribe(({ type }) => told.push(type))
    told.splice(0)
    const stopped = scene
      .child('web')
      .stop()
      .then(() => told.push('promise'))
    // That the signal was sent is told once it is recorded, which is after the turn that owed it.
    expect(told).toEqual(['stop.requested', 'splay.elapsed', 'child stopping', 'supervisor stopping', 'signal.sent'])
    told.splice(0)
    await scene.world.advance(0)
    await stopped
    expect(told).toEqual([
      'process.exited',
      'child settling',
      'supervisor settling',
      'process.drained',
      // The group is gone, and the sweep is over, in turns of their own.
      'child.stopped',
      'child stopped',
      'supervisor stopped',
      'promise',
    ])
  })

  test('one view per turn, the last, however many events it took', async () => {
    const scene = await webAndDb()
    const views: SupervisorView[] = []
    scene.supervisor.state$.subscribe((view) => views.push(view))
    const states: string[] = []
    scene.child('web').state$.subscribe(({ state }) => states.push(state))
    expect([views.length, states.length]).toEqual([1, 1])
    scene.child('web').kill()
    // stop.requested, splay.elapsed, killTimeout.elapsed: one view of each.
    expect([views.length, states.length]).toEqual([2, 2])
    await scene.world.advance(0)
    expect(states).toEqual(['running', 'stopping', 'settling', 'stopped'])
  })

  test('all events of a batch are out before any view of it, and the views are of the whole batch', async () => {
    const scene = createScene({
      strategy: 'one-for-all',
      children: ['a', 'b'].map((id) => ({ id, command: id, restart: afterASecond })),
    })
    await scene.start()
    await scene.end('a')
    const told: string[] = []
    scene.supervisor.events$.subscribe(({ type, child }) => told.push(`${child} ${type}`))
    for (const id of ['a', 'b']) scene.child(id).state$.subscribe(({ state }) => told.push(`${id} is ${state}`))
    told.splice(0)
    await scene.world.advance(1_000)
    expect(told.slice(0, 6)).toEqual(
      [
        'b restart.due',
        'a restart.due',
        'b spawn.requested',
        'a spawn.requested',
        'b is starting',
        'a is starting',
      ].map((line) => expect.stringMatching(new RegExp(`^[ab] ${line.split(' ').slice(1).join(' ')}$`))),
    )
  })

  test('every subscriber sees the order of the journal, also one that gives commands from within', async () => {
    const scene = await webAndDb()
    const seen: number[][] = [[], []]
    scene.supervisor.events$.subscribe(({ seq, type, child }) => {
      seen[0]?.push(seq)
      if (type === 'stop.requested' && child === 'web') scene.child('db').kill()
    })
    scene.supervisor.events$.subscribe(({ seq }) => seen[1]?.push(seq))
    void scene.child('web').stop()
    await scene.world.advance(0)
    const [first = [], second = []] = seen
    expect(first).toEqual(first.map((_, n) => (first[0] ?? 0) + n))
    expect(second).toEqual(first)
  })

  test('what is told is durable: it was committed before', async () => {
    const world: { committed: number } = { committed: 0 }
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    scene.supervisor.events$.subscribe(({ seq }) => {
      world.committed = seq
    })
    await scene.start()
    const read: number[] = []
    for await (const item of scene.supervisor.read({ live: false })) if ('seq' in item) read.push(item.seq)
    expect(read.at(-1)).toBe(world.committed)
  })
})

describe('streams', () => {
  test('state$ gives the view at subscription, then each new one; also to a late subscriber', async () => {
    const scene = await webAndDb()
    const states: string[] = []
    scene.child('web').state$.subscribe(({ state }) => states.push(state))
    await scene.end('web')
    const late: string[] = []
    scene.child('web').state$.subscribe(({ state }) => late.push(state))
    await scene.world.advance(1_000)
    expect(states).toEqual(['running', 'settling', 'backingOff', 'starting', 'running'])
    expect(late).toEqual(['backingOff', 'starting', 'running'])
  })

  test('incarnations$ gives the current life at subscription, then each new one, before anybody hears of it as an event', async () => {
    const scene = await webAndDb()
    const lives: number[] = []
    scene.child('web').incarnations$.subscribe(({ number }) => lives.push(number))
    expect(lives).toEqual([1])
    scene.supervisor.events$.subscribe((event) => {
      if (event.type === 'process.spawned') expect(scene.child('web').incarnation?.number).toBe(event.incarnation)
    })
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(lives).toEqual([1, 2])
  })

  test('incarnations$ is silent before the first life', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    const lives: number[] = []
    scene.child('web').incarnations$.subscribe(({ number }) => lives.push(number))
    expect(lives).toEqual([])
    await scene.start()
    expect(lives).toEqual([1])
  })

  test('exits$ are the exits among the events', async () => {
    const scene = await webAndDb()
    const exits: RecordedEvent[] = []
    scene.supervisor.exits$.subscribe((event) => exits.push(event))
    await scene.end('web')
    expect(exits).toEqual(scene.events.filter(({ type }) => type === 'process.exited'))
    expect(exits[0]).toBe(scene.events[0])
  })

  test('all end after the root has stopped', async () => {
    const scene = await webAndDb()
    const ended: string[] = []
    const { supervisor } = scene
    const { events$, exits$, state$, lines$ } = supervisor
    for (const [name, stream] of Object.entries({ events$, exits$, state$, lines$ })) {
      ;(stream as Observable<unknown>).subscribe({ complete: () => ended.push(name) })
    }
    scene.child('web').state$.subscribe({ complete: () => ended.push('child') })
    await Promise.all([supervisor.stop(), scene.world.advance(0)])
    expect(ended.toSorted()).toEqual(['child', 'events$', 'exits$', 'lines$', 'state$'])
    expect(scene.events.at(-1)?.type).toBe('supervisor.stopped')
  })
})
