import { map, type Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent, SupervisorView } from '../../../src/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

const explode = (): never => {
  throw new Error('boom')
}

async function running(more: object = {}): Promise<Scene> {
  const scene = createScene({
    children: [
      { id: 'web', command: 'web', restart: afterASecond },
      { id: 'db', command: 'db' },
    ],
    ...more,
  })
  await scene.start()
  scene.listen()
  return scene
}

describe('one turn is told in this order', () => {
  test("events, then the child's state$, then the supervisor's state$, then promises", async () => {
    const scene = await running()
    const told: string[] = []
    scene.supervisor.state$.subscribe(({ children }) => told.push(`supervisor ${children[0]?.state}`))
    scene.child('web').state$.subscribe(({ state }) => told.push(`child ${state}`))
    scene.supervisor.events$.subscribe(({ type }) => told.push(type))
    told.splice(0)
    const stopped = scene
      .child('web')
      .stop()
      .then(() => told.push('promise'))
    expect(told).toEqual(['stop.requested', 'splay.elapsed', 'signal.sent', 'child stopping', 'supervisor stopping'])
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
    const scene = await running()
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
    const scene = await running()
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
    const scene = await running()
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
    const scene = await running()
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
    const scene = await running()
    const exits: RecordedEvent[] = []
    scene.supervisor.exits$.subscribe((event) => exits.push(event))
    await scene.end('web')
    expect(exits).toEqual(scene.events.filter(({ type }) => type === 'process.exited'))
    expect(exits[0]).toBe(scene.events[0])
  })

  test('all end after the root has stopped', async () => {
    const scene = await running()
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

describe('a subscriber that throws', () => {
  const streams: [string, (scene: Scene) => void][] = [
    ['events$', ({ supervisor }) => supervisor.events$.subscribe(explode)],
    ['exits$', ({ supervisor }) => supervisor.exits$.subscribe(explode)],
    ['state$', ({ supervisor }) => supervisor.state$.subscribe(explode)],
    ['child.state$', ({ child }) => child('web').state$.subscribe(explode)],
    ['child.incarnations$', ({ child }) => child('web').incarnations$.subscribe(explode)],
    ['events$', ({ supervisor }) => supervisor.events$.pipe(map(explode)).subscribe()],
  ]

  test.each(streams)('on %s is recorded once, unsubscribed, and reaches nobody else', async (source, subscribe) => {
    const scene = await running()
    subscribe(scene)
    await scene.end('web')
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['web running', 'db running'])
    const failures = scene.events.filter(({ type }) => type === 'subscriber.failed')
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatchObject({ data: { source, message: 'boom' } })
    const { length } = failures
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(scene.events.filter(({ type }) => type === 'subscriber.failed')).toHaveLength(length)
  })

  test('is never told of its own failure, while the others are', async () => {
    const scene = await running()
    const own: string[] = []
    scene.supervisor.events$.subscribe(({ type }) => {
      own.push(type)
      explode()
    })
    await scene.end('web')
    expect(own).toEqual(['process.exited'])
    expect(scene.told()).toContain('root subscriber.failed')
  })
})

describe('commands from within', () => {
  test('a subscriber of events$ may stop the supervisor on any event', async () => {
    for (let n = 0; n < 12; n++) {
      const scene = createScene({
        children: [
          { id: 'web', command: 'web' },
          { id: 'db', command: 'db', after: ['web'] },
        ],
      })
      let left = n
      scene.supervisor.events$.subscribe(() => {
        if (left-- === 0) void scene.supervisor.stop()
      })
      await scene.start()
      void scene.supervisor.stop()
      await scene.world.advance(0)
      expect(scene.supervisor.view.state).toBe('stopped')
      expect(scene.world.processes()).toEqual([])
      const seqs = scene.events.map(({ seq }) => seq)
      expect(seqs).toEqual(seqs.map((_, at) => (seqs[0] ?? 0) + at))
    }
  })

  test('a subscriber of state$ may remove and add the child it hears of', async () => {
    const scene = await running()
    let done = false
    scene.child('web').state$.subscribe(({ state }) => {
      if (state !== 'backingOff' || done) return
      done = true
      void scene.supervisor.remove('web').then(() => scene.supervisor.add({ id: 'web', command: 'web' }))
    })
    await scene.end('web')
    expect(scene.supervisor.children().map(({ stream, view }) => [stream, view.state])).toEqual([
      ['/db', 'running'],
      ['/web@2', 'running'],
    ])
  })

  test('a line may be answered with a stop', async () => {
    const scene = createScene(
      { children: [{ id: 'web', command: 'web' }] },
      { web: { prints: [{ text: 'fatal', afterMs: 10 }] } },
    )
    await scene.start()
    scene.supervisor.lines$.subscribe(({ child }) => scene.child(child).kill())
    await scene.world.advance(10)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('an inspector may give commands from the middle of a turn', async () => {
    let scene: Scene | undefined
    let killed = false
    const made = createScene({
      children: [
        { id: 'web', command: 'web' },
        { id: 'db', command: 'db' },
      ],
      inspect: ({ type, event }: { type: string; event?: { type: string } }) => {
        if (type !== '@xstate.event' || event?.type !== 'child.ready' || killed) return
        killed = true
        scene?.child('db').kill()
      },
    } as never)
    scene = made
    await made.start()
    expect(made.states()).toEqual(['web running', 'db stopped(stopped)'])
    const seqs = made.events.map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] ?? 0) + n))
  })

  test('an inspector that throws is harmless: recorded once, and not asked again', async () => {
    let asked = 0
    const scene = await running({
      inspect: () => {
        asked++
        explode()
      },
    })
    expect(asked).toBe(1)
    expect(scene.states()).toEqual(['web running', 'db running'])
    const failures: RecordedEvent[] = []
    for await (const event of scene.supervisor.read({ live: false, types: ['subscriber.failed'] }))
      failures.push(event as RecordedEvent)
    expect(failures).toMatchObject([{ stream: '/', data: { source: 'inspect', message: 'boom' } }])
  })
})
