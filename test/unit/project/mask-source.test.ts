import { expect, test } from 'vitest'
import { maskSource } from '../../../scripts/mask-source.ts'

test.each([
  ['code stays', 'const a = b / c / d', 'const a = b / c / d'],
  ['a comment to the end of its line', 'a // Date\nb', 'a        \nb'],
  ['a comment over two lines', 'a /* x\n y */ b', 'a     \n      b'],
  ['a comment nobody closed', 'a /* x', 'a     '],
  ['the inside of strings', `a('it\\'s', "x")`, `a('     ', " ")`],
  ['a string nobody closed ends with its line', `'ab\nc`, `'  \nc`.replace(`'  `, `' b`)],
  ['a template, but not the code in it', '`a${b(`c${d}`)}e`', '    b(    d  )   '],
  ['braces in the code of a template', '`${f({ a: {} })}` + g', '   f({ a: {} })   + g'],
  ['a dollar in a template', '`a$b\\`$` + c', '         + c'],
  ['a regular expression with quotes and slashes', `x = /['"/[/]]\\//g.test(y)`, `x =              .test(y)`],
  ['a regular expression that is returned', 'return /`/', 'return    '],
  ['a division after a call', `f(a) / 2 + 'x' / 3`, `f(a) / 2 + ' ' / 3`],
])('%s', (_, source, masked) => {
  expect(maskSource(source)).toHaveLength(source.length)
  expect(maskSource(source)).toBe(masked)
})
