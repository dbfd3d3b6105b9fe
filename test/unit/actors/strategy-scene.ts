import { expect } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { afterASecond, createScene, type Scene } from './scene.ts'

/** What tells of lives that end and begin. */
export const lives = ['process.spawned', 'process.exited', 'restart.due', 'restart.requested'] as const

/** Three children with the same policy. */
export const three = (restart: ChildOptions['restart'] = afterASecond): ChildOptions[] =>
  ['a', 'b', 'c'].map((id) => ({ id, command: id, restart }))

/** A supervisor whose children all run; what was said so far is forgotten. */
export async function running(
  strategy: 'one-for-one' | 'one-for-all' | 'rest-for-one',
  children: readonly ChildOptions[] = three(),
  programs = {},
): Promise<Scene> {
  const scene = createScene({ strategy, children }, programs)
  await scene.start()
  expect(new Set(scene.states().map((state) => state.split(' ')[1]))).toEqual(new Set(['running']))
  scene.listen()
  return scene
}

/** Who was told so, and why. */
export const causes = (scene: Scene, type: string) =>
  scene.events.filter((event) => event.type === type).map((event) => `${event.child} ${event.cause}`)
