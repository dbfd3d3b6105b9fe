import { afterAll, expect } from 'vitest'
import { findLeaks, markDescendants } from './leaks.ts'

/** To be called once in each file: it fails when a process that the file started, or a descendant, is still alive. */
export function expectNoLeaks(): void {
  markDescendants()
  afterAll(async () => {
    expect(await findLeaks()).toEqual([])
  })
}
