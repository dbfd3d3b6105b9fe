import { expect, test } from 'vitest'
import { readImports } from '../../../scripts/read-imports.ts'

const source = `#!/usr/bin/env node
import a from './a.ts'
import type { B } from './b.ts'
import {
  c, // import x from './not-this.ts'
  type d,
} from './c.ts'
import e, * as f from "e"
import './g.ts'
export * from './h.ts'
export type { I } from './i.ts'
export { j, 'k-l' as k } from './j.ts'
const l = await import('./l.ts')
const m = import(l)
export const text = "import n from './not-this.ts'"
export const from = 'not this'
export type From = 'not this'
import.meta.resolve('not-this')
this.import('not-this')
const o = \`\${await import('o')} import p from 'not-this'\`
import type from 'q'
import type * as r from 'r'
`

test('every form of an import is found, and nothing that only looks like one', () => {
  expect(readImports(source).map(({ line, specifier, typeOnly }) => ({ line, specifier, typeOnly }))).toEqual([
    { line: 2, specifier: './a.ts', typeOnly: false },
    { line: 3, specifier: './b.ts', typeOnly: true },
    { line: 4, specifier: './c.ts', typeOnly: false },
    { line: 8, specifier: 'e', typeOnly: false },
    { line: 9, specifier: './g.ts', typeOnly: false },
    { line: 10, specifier: './h.ts', typeOnly: false },
    { line: 11, specifier: './i.ts', typeOnly: true },
    { line: 12, specifier: './j.ts', typeOnly: false },
    { line: 13, specifier: './l.ts', typeOnly: false },
    { line: 14, specifier: undefined, typeOnly: false },
    { line: 20, specifier: 'o', typeOnly: false },
    { line: 21, specifier: 'q', typeOnly: false },
    { line: 22, specifier: 'r', typeOnly: true },
  ])
})

test('a specifier stands where its offset says', () => {
  const found = readImports(source).filter(({ specifier }) => specifier !== undefined)
  for (const { specifier = '', offset } of found) expect(source.startsWith(specifier, offset)).toBe(true)
})

test('no file of this project hides an import from it', async () => {
  const { glob, readFile } = await import('node:fs/promises')
  for await (const path of glob('{src,scripts}/**/*.ts')) {
    const text = await readFile(path, 'utf8')
    const plain = text.split('\n').filter((line) => /^(import|export) .*from '|^\} from '|^import '/.test(line))
    expect([path, readImports(text).length]).toEqual([path, plain.length])
  }
})
