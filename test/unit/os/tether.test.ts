import { expect, test } from 'vitest'
import type { HostReport } from '../../../src/ports.ts'
import { createTether } from '../../../src/os/tether.ts'

function stage() {
  const log: string[] = []
  let report: ((report: HostReport) => void) | undefined
  const tether = createTether('host', (options) => {
    report = options.report
    log.push(`start ${options.hostId}`)
    return { add: () => {}, remove: () => {}, close: () => log.push('close') }
  })
  return { tether, log, tell: (message: string) => report?.({ subject: 'guard', message }) }
}

test('one guard serves all holders, and ends with the last of them', () => {
  const { tether, log } = stage()
  const [a, b] = [() => {}, () => {}]
  tether.hold(a)
  tether.hold(a)
  tether.hold(b)
  tether.release(a)
  expect(log).toEqual(['start host'])
  tether.release(b)
  tether.release(b)
  expect(log).toEqual(['start host', 'close'])
})

test('who holds after the end gets a new guard', () => {
  const { tether, log } = stage()
  const { log: told } = stage()
  const a = () => told.push('a')
  tether.hold(a)
  tether.release(a)
  tether.hold(a)
  expect(log).toEqual(['start host', 'close', 'start host'])
})

test('who holds nothing ends nothing', () => {
  const { tether, log } = stage()
  tether.hold(() => {})
  tether.release(() => {})
  expect(log).toEqual(['start host'])
})

test('reports go to those who hold', () => {
  const { tether, tell } = stage()
  const told: string[] = []
  const a = ({ message }: HostReport) => told.push(`a ${message}`)
  const b = ({ message }: HostReport) => told.push(`b ${message}`)
  tether.hold(a)
  tether.hold(b)
  tell('one')
  tether.release(a)
  tell('two')
  expect(told).toEqual(['a one', 'b one', 'b two'])
})
