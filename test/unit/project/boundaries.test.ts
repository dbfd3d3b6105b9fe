import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

/** Writes a tree of files and says what `node scripts/boundaries.ts` says of it, with the folder's own name left out. */
async function judge(files: Readonly<Record<string, string>>): Promise<{ status: number; lines: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'brood-boundaries-'))
  try {
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), source)
    }
    const { status, stderr } = await run(process.execPath, ['scripts/boundaries.ts', folder]).then(
      () => ({ status: 0, stderr: '' }),
      (error: { code: number; stderr: string }) => ({ status: error.code, stderr: error.stderr }),
    )
    return { status, lines: stderr.replaceAll(`${folder}/`, '').split('\n').filter(Boolean) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const clean = {
  'errors.ts': `export type Code = 'E'`,
  'events/event.ts': `import type { Code } from '../errors.ts'\nexport type Event = Code`,
  'machines/chart.ts': `import { setup } from 'xstate'\nimport type { Event } from '../events/event.ts'`,
  'ports.ts': `import type { Readable } from 'node:stream'\nimport type { Event } from './events/event.ts'`,
  'spec/spec.ts': `import { z } from 'zod'\nimport type { Clock } from '../ports.ts'`,
  'os/spawn.ts': `import { execa } from 'execa'\nimport { open } from 'node:fs/promises'`,
  'index.ts': `export * from './os/spawn.ts'\nexport * from './machines/chart.ts'\nimport 'anything'`,
}

test('a tree that keeps to the directions passes', async () => {
  expect(await judge(clean)).toEqual({ status: 0, lines: [] })
})

test.each([
  [
    'a room that may not see another',
    'machines/a.ts',
    `\nimport type { S } from '../spec/spec.ts'`,
    'machines/a.ts:2: machines may not import ../spec/spec.ts',
  ],
  [
    'a package that is not the room’s',
    'events/a.ts',
    `import { setup } from 'xstate'`,
    'events/a.ts:1: events may not import xstate',
  ],
  [
    'Node in the core, in a dynamic import',
    'record/a.ts',
    `const fs = await import('node:fs')`,
    'record/a.ts:1: record may not import node:fs',
  ],
  [
    'code where types alone may be known',
    'spec/a.ts',
    `import { type Clock } from '../ports.ts'`,
    'spec/a.ts:1: spec may know the types of ../ports.ts alone: write `import type`',
  ],
  [
    'an adapter that reaches for the composition root',
    'os/a.ts',
    `export { x } from '../index.ts'`,
    'os/a.ts:1: os may not import ../index.ts',
  ],
  [
    'a file outside of the tree',
    'events/a.ts',
    `import x from '../../test/x.ts'`,
    'events/a.ts:1: ../../test/x.ts is outside of the tree',
  ],
  [
    'an import nobody can check',
    'os/a.ts',
    `import(name)`,
    'os/a.ts:1: an import() that computes what it loads cannot be checked',
  ],
  [
    'a room nobody knows',
    'utils/a.ts',
    `export const a = 1`,
    'utils/a.ts:1: there is no room called utils: add it to scripts/rooms.ts',
  ],
  [
    'a clock in the core',
    'machines/a.ts',
    `// Date is fine here\nconst at = Date.now()`,
    'machines/a.ts:2: machines may not touch Date: put it into the event, or ask a port for it',
  ],
  [
    'chance in the core',
    'machines/a.ts',
    `const r = Math\n  .random()`,
    'machines/a.ts:1: machines may not touch Math.random: put it into the event, or ask a port for it',
  ],
  [
    'a timer in the core',
    'record/a.ts',
    `setTimeout(() => {}, 1)`,
    'record/a.ts:1: record may not touch setTimeout: put it into the event, or ask a port for it',
  ],
])('%s is a violation, named with its file and line', async (_, path, source, line) => {
  expect(await judge({ ...clean, [path]: source })).toEqual({ status: 1, lines: [line] })
})

test('a clock is not one where it is a key, a property, a word or Math that computes', async () => {
  const source = `const a = { process: 'Date', b: { performance: 1 } }\na.process\nMath.max(1, 2)\n// setTimeout`
  expect(await judge({ ...clean, 'machines/a.ts': source })).toEqual({ status: 0, lines: [] })
})

test('a clock outside of the core is nobody’s business', async () => {
  expect(await judge({ ...clean, 'os/clock.ts': `Date.now()` })).toEqual({ status: 0, lines: [] })
})

test('a circle of files is a violation, one of types too', async () => {
  const circle = {
    'os/a.ts': `import './b.ts'`,
    'os/b.ts': `\nimport type { C } from './c.ts'`,
    'os/c.ts': `export * from './a.ts'`,
  }
  expect(await judge({ ...clean, ...circle })).toEqual({
    status: 1,
    lines: ['os/c.ts:1: closes a circle: os/a.ts → os/b.ts → os/c.ts → os/a.ts'],
  })
})

test('a tree without files is no proof', async () => {
  expect((await judge({ 'a.md': '' })).status).toBe(1)
})
