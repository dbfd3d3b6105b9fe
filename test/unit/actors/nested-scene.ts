import type { ChildOptions, Supervisor } from '../../../src/index.ts'
import type { Scene } from './scene.ts'

/** A nested supervisor called `api`. */
export const nested = (children: readonly ChildOptions[], more: object = {}): ChildOptions => ({
  id: 'api',
  kind: 'supervisor',
  children,
  ...more,
})

/** The supervisor in it. */
export const below = (scene: Scene): Supervisor => {
  const { supervisor } = scene.child('api')
  if (supervisor === undefined) throw new Error('No supervisor in "api"')
  return supervisor
}

export const childBelow = (scene: Scene, id: string) => {
  const child = below(scene).child(id)
  if (child === undefined) throw new Error(`No child "${id}" below "api"`)
  return child
}

export const statesBelow = (scene: Scene): string[] =>
  below(scene)
    .children()
    .map(({ view: { id, state, outcome } }) => `${id} ${state}${outcome === undefined ? '' : `(${outcome})`}`)

/** Ends the process of a child below it, and lets everything happen that follows at once. */
export async function endBelow(scene: Scene, id: string, code = 1): Promise<void> {
  scene.world.exit(childBelow(scene, id).view.pid ?? 0, { code })
  await scene.world.advance(0)
}
