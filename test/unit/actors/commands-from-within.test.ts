import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/index.ts'
import { createScene, webAndDb, type Scene } from './scene.ts'

const explode = (): never => {
  throw new Error('boom')
}

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
    const scene = await webAndDb()
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
      inspect: (inspected) => {
        if (inspected.type !== '@xstate.event' || inspected.event.type !== 'child.ready' || killed) return
        killed = true
        scene?.child('db').kill()
      },
    })
    scene = made
    await made.start()
    expect(made.states()).toEqual(['web running', 'db stopped(stopped)'])
    const seqs = made.events.map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] ?? 0) + n))
  })

  test('an inspector that throws is harmless: recorded once, and not asked again', async () => {
    let asked = 0
    const scene = await webAndDb({
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
