import { describe, expect, test } from 'vitest'
import type { Behaviour } from '../../../src/testing/index.ts'
import { createScene, watch, type Scene } from './scene.ts'

async function running(
  more: object = {},
  behaviour: Behaviour = { onSignal: { SIGHUP: 'ignore', SIGUSR1: 'ignore' } },
): Promise<Scene> {
  const scene = createScene(
    { children: [{ id: 'web', command: 'web', restart: 'temporary', ...more }] },
    { web: behaviour },
  )
  await scene.start()
  scene.listen()
  return scene
}

const sent = (scene: Scene) => scene.events.flatMap((event) => (event.type === 'signal.sent' ? [event.data] : []))

describe('signal()', () => {
  test('reaches the process alone, says so, and is recorded', async () => {
    const scene = await running({}, { onSignal: { SIGUSR1: 'ignore' }, forks: [{}] })
    const { pid } = scene.child('web').view
    expect(await scene.child('web').signal('SIGUSR1')).toBe(true)
    expect(sent(scene)).toEqual([{ signal: 'SIGUSR1', to: 'process', stage: 'operator', pid }])
    // SIGUSR1 kills by default: the fork lives because it was not signalled.
    expect(scene.world.processes()).toHaveLength(2)
  })

  test('that kills is an end of its own: nobody asked for a stop', async () => {
    const scene = await running()
    expect(await scene.child('web').signal('SIGKILL')).toBe(true)
    await scene.world.advance(0)
    expect(scene.child('web').view).toMatchObject({
      outcome: 'failed',
      lastExit: { signal: 'SIGKILL', expected: false, cause: 'crash' },
    })
    const [report] = await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
    // A SIGKILL that a caller sends by name is no escalation of ours.
    expect(report.children[0]?.escalated).toBe(false)
  })

  test('0 only probes, and is not recorded', async () => {
    const scene = await running()
    expect(await scene.child('web').signal(0)).toBe(true)
    expect(scene.told()).toEqual([])
  })

  test.each(['initial', 'stopped', 'removed'])('is false in %s: there is nothing to signal', async (where) => {
    const scene = await running()
    const child =
      where === 'initial' ? scene.supervisor.add({ id: 'other', command: 'x' }, { start: false }) : scene.child('web')
    if (where === 'stopped') await Promise.all([child.stop(), scene.world.advance(0)])
    if (where === 'removed') await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
    expect(child.view.state).toBe(where)
    expect(await child.signal('SIGUSR1')).toBe(false)
    expect(await child.signal(0)).toBe(false)
  })

  test.each(['SIGNOPE', 'TERM', 9, -0.5, -0, null, undefined, {}])('%j is no signal: ERR_BAD_SIGNAL', async (bad) => {
    const scene = await running()
    await expect(scene.child('web').signal(bad as 'SIGTERM')).rejects.toMatchObject({ code: 'ERR_BAD_SIGNAL' })
    expect(scene.told()).toEqual([])
  })

  test('a nested supervisor has no process to signal', async () => {
    const scene = createScene({ children: [{ id: 'api', kind: 'supervisor' }] })
    await scene.start()
    expect(await scene.child('api').signal('SIGTERM')).toBe(false)
  })
})

describe('reload()', () => {
  test('sends the reload signal to the process alone, and the child stays as it is', async () => {
    const scene = await running({ reloadSignal: 'SIGHUP' })
    const view = await scene.child('web').reload()
    expect(view).toMatchObject({ state: 'running', incarnation: 1 })
    expect(sent(scene)).toMatchObject([{ signal: 'SIGHUP', to: 'process', stage: 'reload' }])
  })

  test('without one it restarts, for this cause', async () => {
    const scene = await running()
    const reloaded = watch(scene.child('web').reload())
    await scene.world.advance(0)
    expect(reloaded.value).toMatchObject({ state: 'running', incarnation: 2, restarts: 1 })
    expect(scene.events.find(({ type }) => type === 'restart.requested')?.cause).toBe('reload')
    expect(scene.child('web').view.lastExit).toMatchObject({ expected: true, cause: 'reload' })
  })

  test("with 'none' it does nothing", async () => {
    const scene = await running({ reloadSignal: 'none' })
    expect(await scene.child('web').reload()).toBe(scene.child('web').view)
    expect(scene.told()).toEqual([])
  })

  test.each<[string, (scene: Scene) => void]>([
    ['stopping', (scene) => void scene.child('web').stop()],
    ['stopped', (scene) => scene.child('web').kill()],
  ])('of a child that is %s rejects with ERR_CHILD_NOT_RUNNING', async (state, bring) => {
    const scene = await running({ reloadSignal: 'SIGHUP' }, { onSignal: { SIGTERM: 'ignore' } })
    bring(scene)
    await scene.world.advance(0)
    expect(scene.child('web').view.state).toBe(state)
    await expect(scene.child('web').reload()).rejects.toMatchObject({ code: 'ERR_CHILD_NOT_RUNNING', child: 'web' })
  })
})
