import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

async function stuck(more: object = {}, behaviour: Behaviour = { unkillable: true }): Promise<Scene> {
  const web = { id: 'web', command: 'web', restart: afterASecond, ...more } as ChildOptions
  const scene = createScene({ children: [web] }, { web: behaviour })
  await scene.start()
  scene.listen()
  return scene
}

const processOf = (scene: Scene): number => scene.world.processes()[0]?.pid ?? 0

/** The long-awaited death. */
async function dies(scene: Scene): Promise<void> {
  scene.world.exit(processOf(scene), { signal: 'SIGKILL' })
  await scene.world.advance(0)
}

describe('what cannot be killed', () => {
  test('rests as unkillable once verifyMs have passed since the SIGKILL, and its survivors are named', async () => {
    const scene = await stuck({ stop: { killTimeoutMs: 100, verifyMs: 50 } })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(149)
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.value).toMatchObject({
      children: [{ id: 'web', outcome: 'unkillable', escalated: true, durationMs: 150 }],
      survivors: [{ pid: processOf(scene), startTicks: expect.any(Number), bootId: expect.any(String) }],
    })
    expect(scene.child('web').view).toMatchObject({ state: 'stopped', outcome: 'unkillable', desired: 'down' })
    const ended = scene.events.findLast(({ type }) => type === 'child.stopped')
    expect(ended?.data).toMatchObject({ outcome: 'unkillable', error: { code: 'ERR_STOP_TIMEOUT' } })
  })

  test('in the group of a dead leader is proven the same way', async () => {
    const scene = await stuck({ stop: { killTimeoutMs: 100, verifyMs: 50 } }, { forks: [{ unkillable: true }] })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(150)
    expect(stopped.value).toMatchObject({
      children: [{ outcome: 'unkillable', exit: { signal: 'SIGTERM' } }],
      survivors: [{}],
    })
    await dies(scene)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('out of the group, as an escapee, too', async () => {
    const scene = await stuck(
      { stop: { killTimeoutMs: 100, verifyMs: 50 } },
      { forks: [{ unkillable: true, leavesGroup: true }] },
    )
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(50)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'unkillable' }], survivors: [{}] })
    await dies(scene)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('is sent one more SIGKILL by one more stop(), which is answered', async () => {
    const scene = await stuck({ stop: { killTimeoutMs: 100, verifyMs: 50 } })
    void scene.child('web').stop()
    await scene.world.advance(150)
    scene.listen()
    const again = watch(scene.child('web').stop())
    await scene.world.advance(49)
    expect(scene.told({ types: ['stop.requested', 'signal.sent'] })).toEqual(['web stop.requested', 'web signal.sent'])
    expect(scene.events.find(({ type }) => type === 'signal.sent')?.data).toMatchObject({
      signal: 'SIGKILL',
      to: 'group',
    })
    expect(again.settled).toBe(false)
    await scene.world.advance(1)
    expect(again.value).toMatchObject({ children: [{ outcome: 'unkillable' }], survivors: [{ pid: processOf(scene) }] })
  })

  test('cannot be restarted or started until its late death is recorded: then it is `stopped`, and can', async () => {
    const scene = await stuck()
    void scene.child('web').stop({ now: true })
    await scene.world.advance(2_000)
    await expect(scene.child('web').restart()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    await expect(scene.child('web').start()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    scene.listen()
    await dies(scene)
    expect(scene.told()).toEqual(['web process.exited', 'web process.drained', 'web child.stopped'])
    expect(scene.events.at(-1)?.data).toMatchObject({ outcome: 'stopped', exit: { signal: 'SIGKILL' } })
    expect(scene.states()).toEqual(['web stopped(stopped)'])
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('ends a restart under way, and its late death does not bring that back', async () => {
    const scene = await stuck()
    const restarted = watch(scene.child('web').restart({ now: true }))
    await scene.world.advance(2_000)
    expect(restarted.code).toBe('ERR_STOP_TIMEOUT')
    await dies(scene)
    await scene.world.advance(10_000)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
    expect(scene.told({ types: ['spawn.requested'] })).toEqual([])
  })

  test('ends what a timeout began: its late death is no crash to be judged', async () => {
    const scene = await stuck({ runTimeoutMs: 100 })
    await scene.world.advance(100 + 5_000 + 2_000)
    expect(scene.states()).toEqual(['web stopped(unkillable)'])
    await dies(scene)
    await scene.world.advance(10_000)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
    expect(scene.told({ types: ['restart.scheduled', 'restart.due'] })).toEqual([])
  })

  test('ends the restart that a strategy asked for', async () => {
    const scene = createScene(
      {
        strategy: 'one-for-all',
        children: [
          { id: 'a', command: 'a', restart: afterASecond },
          { id: 'web', command: 'web' },
        ],
      },
      { web: { unkillable: true } },
    )
    await scene.start()
    await scene.end('a')
    await scene.world.advance(7_000)
    expect(scene.states()).toEqual(['a running', 'web stopped(unkillable)'])
    await scene.world.advance(0)
    scene.world.exit(scene.child('web').view.pid ?? 0, { code: 0 })
    await scene.world.advance(10_000)
    expect(scene.states()).toEqual(['a running', 'web stopped(stopped)'])
  })

  test('a crash whose remnants cannot be killed is not restarted over them', async () => {
    const scene = await stuck({}, { forks: [{ unkillable: true }] })
    await scene.end('web')
    await scene.world.advance(2_000)
    expect(scene.states()).toEqual(['web stopped(unkillable)'])
    await dies(scene)
    await scene.world.advance(10_000)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('a death just in time is no survivor: the proof is on its way', async () => {
    const scene = await stuck({ stop: { killTimeoutMs: 100, verifyMs: 50 } })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(149)
    scene.world.exit(processOf(scene), { code: 0 })
    await scene.world.advance(1)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'stopped' }], survivors: [] })
  })
})
