import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { createExitHook } from '../../../src/os/exit-hook.ts'
import { createExitSweep } from '../../../src/os/exit-sweep.ts'
import { stageKernel } from './staged-kernel.ts'

function stage() {
  const host = new EventEmitter()
  const kernel = stageKernel()
  const environs = new Map<number, string>()
  const hook = createExitHook(host as unknown as NodeJS.Process)
  const looks: number[] = []
  const sweep = createExitSweep(kernel, hook, (pid) => {
    looks.push(pid)
    return environs.get(pid) ?? ''
  })
  const put = (pid: number, cookie: string, more: object = {}) => {
    kernel.put({ pid, ...more })
    environs.set(pid, `A=1\0BROOD_COOKIE=${cookie}\0`)
  }
  return { host, hook, kernel, sweep, put, looks }
}

test('at the exit, and after everything else, what carries the cookie of a life gets SIGKILL', () => {
  const { host, hook, kernel, sweep, put } = stage()
  put(50, 'h:t:attached:/a:1')
  put(51, 'h:t:attached:/a:2')
  put(52, 'h:t:attached:/b:1')
  sweep.add('h:t:attached:/a:1', 500)
  sweep.add('h:t:attached:/b:1', 500)()
  hook.add(() => kernel.signals.push('a group'))
  host.emit('exit', 0)
  expect(kernel.signals).toEqual(['a group', '50 SIGKILL'])
})

test('neither older processes, nor the dead, nor those that hang in the kernel are looked into', () => {
  const { host, kernel, sweep, put, looks } = stage()
  const cookie = 'h:t:attached:/a:1'
  put(50, cookie, { startTicks: 499 })
  put(51, cookie, { dead: true })
  put(52, cookie, { hangs: true })
  put(1, cookie)
  put(process.pid, cookie)
  sweep.add(cookie, 500)
  host.emit('exit', 0)
  expect(looks).toEqual([])
  expect(kernel.signals).toEqual([])
})

test('it is looked again for as long as something is found, but not for ever', () => {
  const { host, kernel, sweep, put } = stage()
  const cookie = 'h:t:attached:/a:1'
  put(50, cookie)
  const { kill } = kernel
  // Each that dies has forked.
  kernel.kill = (pid, signal) => {
    put(pid + 1, cookie)
    return kill(pid, signal)
  }
  sweep.add(cookie, 500)
  host.emit('exit', 0)
  expect(kernel.signals).toEqual(['50 SIGKILL', '51 SIGKILL', '52 SIGKILL'])
})

test('there is a listener only while a life is held', () => {
  const { host, sweep } = stage()
  const back = [sweep.add('a', 1), sweep.add('b', 1)]
  expect(host.listenerCount('exit')).toBe(1)
  for (const take of [...back, ...back]) take()
  expect(host.listenerCount('exit')).toBe(0)
})
