import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { createScene, watch, type Scene } from './scene.ts'

const web: ChildOptions = { id: 'web', command: 'web', ready: 'manual', stop: { killTimeoutMs: 100 } }

/** A supervisor that runs, and a child in it that nobody has started. */
async function registered(child: ChildOptions = web, programs = {}): Promise<Scene> {
  const scene = createScene({}, programs)
  await scene.start()
  scene.supervisor.add(child, { start: false })
  scene.listen()
  return scene
}

describe('a one-shot', () => {
  const job: ChildOptions = { id: 'web', command: 'web', oneShot: true }

  test('has started once it has finished', async () => {
    const scene = await registered(job, { web: { exitsAfterMs: 100 } })
    const started = watch(scene.child('web').start())
    await scene.world.advance(99)
    expect(started.settled).toBe(false)
    expect(scene.child('web').view).toMatchObject({ state: 'running', ready: true })
    await scene.world.advance(1)
    expect(started.value).toMatchObject({
      state: 'stopped',
      outcome: 'exited',
      lastExit: { code: 0, expected: true, cause: 'finished' },
    })
  })

  test('rejects with ERR_NONZERO_EXIT, the exit and the end of its stderr', async () => {
    const scene = await registered(job, {
      web: { exitsAfterMs: 5, code: 3, prints: [{ text: 'no table', source: 'stderr' }] },
    })
    const started = watch(scene.child('web').start())
    await scene.world.advance(5)
    expect(started.error).toMatchObject({
      code: 'ERR_NONZERO_EXIT',
      child: 'web',
      exit: { code: 3, status: 3, expected: false, cause: 'crash' },
      stderrTail: 'no table',
    })
    expect(scene.child('web').view.outcome).toBe('failed')
  })

  test('succeeds with any of its success codes', async () => {
    const scene = await registered(
      { ...job, restart: { type: 'temporary', success: [0, 3] } },
      { web: { exitsAfterMs: 5, code: 3 } },
    )
    const started = watch(scene.child('web').start())
    await scene.world.advance(5)
    expect(started.value).toMatchObject({ outcome: 'exited' })
  })

  test('is stopped by its signal at any time, also when it is "ready"', async () => {
    const scene = await registered(job)
    const controller = new AbortController()
    const started = watch(scene.child('web').start({ signal: controller.signal }))
    await scene.world.advance(1_000)
    expect(scene.child('web').view.state).toBe('running')
    controller.abort()
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    expect(scene.child('web').view.outcome).toBe('aborted')
  })

  test('that runs too long is stopped, and fails with ERR_RUN_TIMEOUT', async () => {
    const scene = await registered({ ...job, runTimeoutMs: 50 }, { web: { onSignal: { SIGTERM: 'exit' } } })
    const started = watch(scene.child('web').start())
    await scene.world.advance(50)
    // Code 0, and yet no success: it had to be told.
    expect(started.error).toMatchObject({
      code: 'ERR_RUN_TIMEOUT',
      exit: { code: 0, expected: false, cause: 'timeout' },
    })
    expect(scene.child('web').view.outcome).toBe('failed')
  })

  test('that is stopped rejects with ERR_ABORTED', async () => {
    const scene = await registered(job)
    const started = watch(scene.child('web').start())
    await scene.world.advance(0)
    await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
    expect(started.code).toBe('ERR_ABORTED')
  })

  test('can be run again by restart(), which waits for its end too', async () => {
    const scene = await registered(job, { web: { exitsAfterMs: 100 } })
    watch(scene.child('web').start())
    await scene.world.advance(100)
    const again = watch(scene.child('web').restart())
    await scene.world.advance(99)
    expect(again.settled).toBe(false)
    await scene.world.advance(1)
    expect(again.value).toMatchObject({ outcome: 'exited', incarnation: 2, restarts: 1 })
  })
})
