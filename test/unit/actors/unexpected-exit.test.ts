import { describe, expect, test } from 'vitest'
import type { Exit, OnUnexpectedExit } from '../../../src/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

async function asking(onUnexpectedExit: OnUnexpectedExit, more: object = {}): Promise<Scene> {
  const restart = { ...afterASecond, onUnexpectedExit, ...more }
  const scene = createScene({ children: [{ id: 'web', command: 'web', restart }] })
  await scene.start()
  scene.listen()
  return scene
}

/** Nobody has been asked yet, so there is nobody to answer. */
const unasked = (_restart: boolean): void => {
  throw new Error('Not asked')
}

const failures = (scene: Scene) =>
  scene.events.flatMap((event) => (event.type === 'callback.failed' ? [event.data] : []))

describe('onUnexpectedExit', () => {
  test('is told the exit, and its true lets the child be restarted', async () => {
    const seen: Exit[] = []
    const scene = await asking((exit) => {
      seen.push(exit)
      return true
    })
    await scene.end('web', { code: 7 })
    expect(seen).toEqual([
      { code: 7, signal: null, status: 7, at: expect.any(Number), expected: false, cause: 'crash' },
    ])
    expect(Object.isFrozen(seen[0])).toBe(true)
    expect(scene.states()).toEqual(['web backingOff'])
    expect(failures(scene)).toEqual([])
  })

  test('its false forbids it', async () => {
    const scene = await asking(async () => false)
    await scene.end('web', { code: 7 })
    expect(scene.states()).toEqual(['web stopped(failed)'])
    await scene.world.advance(100_000)
    expect(scene.told({ types: ['spawn.requested'] })).toEqual([])
  })

  test.each<[string, OnUnexpectedExit, string, string]>([
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
      'threw',
      'no idea',
    ],
    [
      'rejects',
      async () => {
        throw new Error('no idea')
      },
      'threw',
      'no idea',
    ],
    [
      'throws something else',
      () => {
        throw 'words'
      },
      'threw',
      "'words'",
    ],
    [
      'answers no boolean',
      (() => 'yes') as unknown as OnUnexpectedExit,
      'badAnswer',
      "Expected true or false, got 'yes'",
    ],
    [
      'answers nothing',
      (() => {}) as unknown as OnUnexpectedExit,
      'badAnswer',
      'Expected true or false, got undefined',
    ],
  ])('where it %s, that is recorded and the type decides', async (_, callback, problem, message) => {
    const scene = await asking(callback)
    await scene.end('web')
    expect(failures(scene)).toEqual([{ callback: 'onUnexpectedExit', problem, message }])
    expect(scene.states()).toEqual(['web backingOff'])
  })

  test('where it says nothing for 5 s, the type decides; its answer after that counts for nothing', async () => {
    let answer = unasked
    const scene = await asking(() => new Promise((resolve) => (answer = resolve)))
    await scene.end('web')
    await scene.world.advance(4_999)
    expect(scene.states()).toEqual(['web settling'])
    await scene.world.advance(1)
    expect(failures(scene)).toMatchObject([{ problem: 'timedOut' }])
    expect(scene.states()).toEqual(['web backingOff'])
    answer(false)
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['web running'])
  })

  test('its signal aborts on a stop, and its answer then counts for nothing', async () => {
    let signal: AbortSignal | undefined
    let answer = unasked
    const scene = await asking((_, context) => {
      ;({ signal } = context)
      return new Promise((resolve) => (answer = resolve))
    })
    await scene.end('web')
    expect(signal?.aborted).toBe(false)
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(0)
    expect(signal?.aborted).toBe(true)
    // A stop does not wait for a callback.
    expect(stopped.value?.children[0]?.outcome).toBe('stopped')
    answer(true)
    await scene.world.advance(100_000)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
    expect(failures(scene)).toEqual([])
  })

  test('a restart replaces its answer as well', async () => {
    let signal: AbortSignal | undefined
    const scene = await asking((_, context) => {
      ;({ signal } = context)
      return new Promise(() => {})
    })
    await scene.end('web')
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(signal?.aborted).toBe(true)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('is not asked about an end that was asked for, nor where the type would not restart, nor about a failed start', async () => {
    let asked = 0
    const callback = (): boolean => {
      asked++
      return true
    }
    const scene = await asking(callback, { type: 'transient' })
    await scene.end('web', { code: 0 })
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
    scene.world.fail.spawn('EAGAIN')
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(asked).toBe(0)
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    await scene.end('web')
    expect(asked).toBe(1)
  })

  test('may give commands itself: a stop from within is obeyed', async () => {
    let scene: Scene | undefined
    const made = await asking(() => {
      void scene?.child('web').stop()
      return true
    })
    scene = made
    await made.end('web')
    await made.world.advance(100_000)
    expect(made.states()).toEqual(['web stopped(stopped)'])
  })

  test('is asked once per exit', async () => {
    let asked = 0
    const scene = await asking(() => {
      asked++
      return true
    })
    for (let n = 0; n < 3; n++) {
      await scene.end('web')
      await scene.world.advance(1_000)
    }
    expect(asked).toBe(3)
  })
})
