import { describe, expect, test } from 'vitest'
import type { PublicState } from '../../../src/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

async function scene(more: object = {}, programs = {}): Promise<Scene> {
  const made = createScene({}, programs)
  await made.start()
  made.supervisor.add({ id: 'web', command: 'web', ...more }, { start: false })
  return made
}

describe('when(state)', () => {
  test('resolves at once where it is so already', async () => {
    const { child } = await scene()
    expect(await child('web').when('initial')).toBe(child('web').view)
  })

  test('resolves when it becomes so', async () => {
    const { child, world } = await scene({ ready: 'manual' })
    const running = watch(child('web').when('running'))
    watch(child('web').start())
    await world.advance(0)
    expect(running.settled).toBe(false)
    child('web').incarnation?.ready()
    await world.advance(0)
    expect(running.value).toMatchObject({ state: 'running' })
  })

  test('does not miss a state that lasts only within one batch', async () => {
    const { child, world } = await scene()
    const states: PublicState[] = ['starting', 'running', 'stopping', 'settling', 'stopped']
    const all = states.map((state) => watch(child('web').when(state)))
    watch(child('web').start())
    await world.advance(0)
    watch(child('web').stop())
    await world.advance(0)
    expect(all.map(({ settled, code }) => [settled, code])).toEqual(states.map(() => [true, undefined]))
  })

  test('waits through restarts', async () => {
    const made = await scene({ restart: afterASecond })
    watch(made.child('web').start())
    await made.world.advance(0)
    const stopped = watch(made.child('web').when('stopped'))
    const backingOff = watch(made.child('web').when('backingOff'))
    await made.end('web')
    await made.world.advance(5_000)
    expect([stopped.settled, backingOff.settled]).toEqual([false, true])
  })

  test.each<[string, object, object, (made: Scene) => unknown, object]>([
    [
      "its start's error",
      { ready: 'manual' },
      { web: { code: 3 } },
      () => {},
      { code: 'ERR_EXITED_BEFORE_READY', exit: { code: 3 } },
    ],
    [
      'ERR_NONZERO_EXIT after an exit',
      { restart: 'temporary' },
      { web: { exitsAfterMs: 5, code: 2 } },
      () => {},
      { code: 'ERR_NONZERO_EXIT', exit: { code: 2 } },
    ],
    [
      'ERR_NONZERO_EXIT after a good exit too',
      { restart: 'temporary' },
      { web: { exitsAfterMs: 5 } },
      () => {},
      { code: 'ERR_NONZERO_EXIT', exit: { code: 0 } },
    ],
    ['ERR_ABORTED after a stop', {}, {}, (made: Scene) => made.child('web').stop(), { code: 'ERR_ABORTED' }],
    ['ERR_ABORTED after a removal', {}, {}, (made: Scene) => made.supervisor.remove('web'), { code: 'ERR_ABORTED' }],
  ])('rejects with %s when the child comes to rest otherwise', async (_, more, programs, bring, error) => {
    const made = await scene(more, programs)
    const backingOff = watch(made.child('web').when('backingOff'))
    watch(made.child('web').start())
    await made.world.advance(10)
    void bring(made)
    await made.world.advance(10)
    expect(backingOff.error).toMatchObject({ child: 'web', ...error })
  })

  test('`removed` can be awaited, through the stop that comes before it', async () => {
    const made = await scene()
    watch(made.child('web').start())
    await made.world.advance(0)
    const removed = watch(made.child('web').when('removed'))
    const stopped = watch(made.child('web').when('stopped'))
    void made.supervisor.remove('web')
    await made.world.advance(0)
    expect(stopped.value).toBeDefined()
    expect(removed.settled).toBe(true)
  })

  test('rejects with ERR_ABORTED on an abort of its signal, and leaves the child alone', async () => {
    const made = await scene({ ready: 'manual' })
    watch(made.child('web').start())
    await made.world.advance(0)
    const controller = new AbortController()
    const running = watch(made.child('web').when('running', { signal: controller.signal }))
    controller.abort('bored')
    await made.world.advance(0)
    expect(running.error).toMatchObject({ code: 'ERR_ABORTED', cause: 'bored' })
    expect(made.child('web').view.state).toBe('starting')
    await expect(made.child('web').when('running', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  test('on a child that rests already rejects with why', async () => {
    const made = await scene({ restart: 'temporary' }, { web: { exitsAfterMs: 5, code: 2 } })
    watch(made.child('web').start())
    await made.world.advance(5)
    await expect(made.child('web').when('running')).rejects.toMatchObject({ code: 'ERR_NONZERO_EXIT' })
  })

  test.each(['runing', 'ready', '', undefined, 0])('%j is no state, and is not waited for', async (state) => {
    const made = await scene()
    const waiting = made.child('web').when(state as 'running')
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC', issues: [{ path: 'state' }] })
  })

  test('unknown options are refused', async () => {
    const made = await scene()
    await expect(made.child('web').when('running', { sginal: 1 } as object)).rejects.toMatchObject({
      code: 'ERR_INVALID_SPEC',
    })
  })
})
