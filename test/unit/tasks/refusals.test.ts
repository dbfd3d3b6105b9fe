import { expect, test } from 'vitest'
import { chain } from '../../../src/tasks/chain.ts'
import { createTask } from '../../../src/tasks/create-task.ts'
import { leaf } from '../../../src/tasks/leaf.ts'
import { named } from '../../../src/tasks/named.ts'
import { nop } from '../../../src/tasks/nop.ts'
import { parallel } from '../../../src/tasks/parallel.ts'
import { sequential } from '../../../src/tasks/sequential.ts'
import { startStop } from '../../../src/tasks/start-stop.ts'

const bad = undefined as never
const step = (): void => {}

test.each([
  ['createTask', () => createTask(bad), 'Expected `runnable` to be a function, got undefined.'],
  ['leaf', () => leaf(bad), 'Expected `run` to be a function, got undefined.'],
  ['leaf', () => leaf(step, 5 as never), 'Expected `gracefulStop` to be a function, got 5.'],
  ['startStop', () => startStop(bad, step), 'Expected `start` to be a function, got undefined.'],
  ['startStop', () => startStop(step, bad), 'Expected `stop` to be a function, got undefined.'],
  ['chain', () => chain(nop(), bad), 'Expected `runnables[1]` to be a function, got undefined.'],
  ['chain of one', () => chain(bad), 'Expected `runnables[0]` to be a function, got undefined.'],
  [
    'parallel',
    () => parallel([nop()] as never),
    'Expected `runnables[0]` to be a function, got [ [Function (anonymous)] ].',
  ],
  ['sequential', () => sequential(nop(), nop(), {} as never), 'Expected `runnables[2]` to be a function, got {}.'],
  ['named', () => named('', nop()), "Expected `name` to be a non-empty string, got ''."],
  ['named', () => named('db', bad), 'Expected `runnable` to be a function, got undefined.'],
] as const)('%s refuses what it cannot use when it is made, not when it runs', (_, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC', message }))
})
