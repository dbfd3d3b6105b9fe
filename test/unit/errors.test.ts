import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { BroodError } from '../../src/errors.ts'

test('an error has only what it can tell: nothing of it is there as undefined, nor shown so', () => {
  const error = new BroodError('ERR_CHILD_NOT_FOUND', 'No child "x"', { child: 'x' })
  expect(Object.keys(error)).toEqual(['code', 'child'])
  expect('exit' in error).toBe(false)
  expect(inspect(error)).not.toMatch('undefined')
})
