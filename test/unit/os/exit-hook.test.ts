import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { createExitHook } from '../../../src/os/exit-hook.ts'

test('there is one listener while something is held, and none before and after', () => {
  const host = new EventEmitter()
  const hook = createExitHook(host as unknown as NodeJS.Process)
  expect(host.listenerCount('exit')).toBe(0)
  const back = [hook.add(() => {}), hook.add(() => {}), hook.add(() => {})]
  expect(host.listenerCount('exit')).toBe(1)
  for (const take of [...back, ...back]) take()
  expect(host.listenerCount('exit')).toBe(0)
})

test('at the exit everything that is still held is ended, in order', () => {
  const host = new EventEmitter()
  const hook = createExitHook(host as unknown as NodeJS.Process)
  const ended: string[] = []
  hook.add(() => ended.push('a'))
  hook.add(() => ended.push('b'))()
  hook.add(() => ended.push('c'))
  host.emit('exit', 0)
  expect(ended).toEqual(['a', 'c'])
})
