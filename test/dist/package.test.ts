import { globSync, mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import * as sources from '../../src/index.ts'
import * as testingSources from '../../src/testing/index.ts'
import { expectBuilt, manifest, packaged, runPlain } from './support/built-package.ts'

beforeAll(expectBuilt)

test('every declared export is there, with its types', () => {
  const { exports } = manifest()
  expect(Object.keys(exports)).toEqual(expect.arrayContaining(['.', './testing', './package.json']))
  for (const target of Object.values(exports)) {
    const files = typeof target === 'string' ? [target] : [target.types, target.default]
    for (const file of files) expect(existsSync(packaged(file)), file).toBe(true)
  }
})

test('importing the package changes nothing in its host, which ends by itself, and gives the names of the sources', async () => {
  const { code, stdout, stderr } = await runPlain('package-import', [], { NODE_ENV: 'production' })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { before, after, names } = JSON.parse(stdout)
  expect(after).toEqual(before)
  expect(names).toEqual([Object.keys(sources).toSorted(), Object.keys(testingSources).toSorted()])
})

test.each(['production', 'development', ''])('in plain Node, with NODE_ENV=%s, a whole tree lives, is told, and ends', async (environment) => {
  const directory = mkdtempSync(join(tmpdir(), 'brood-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const { code, stdout, stderr } = await runPlain('package-scenario', [join(directory, 'state')], { NODE_ENV: environment })
  // Nothing is said that nobody asked for, in any environment.
  expect(stderr).toBe('')
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toEqual({
    env: environment,
    // The build that users get, unlike the one that vitest loads.
    xstate: expect.not.stringContaining('development'),
    exitCode: 3,
    survivors: 0,
    echoed: 'hello',
    said: 6,
    refused: true,
    lives: {
      migrate: ['stopped', 'exited', 1],
      echo: ['stopped', 'stopped', 2],
      pool: ['stopped', 'stopped', 1],
      flaky: ['stopped', 'stopped', 3],
      main: ['stopped', 'failed', 1],
      bad: ['stopped', 'startFailed', 1],
    },
    types: expect.arrayContaining(['child.added', 'process.exited', 'restart.scheduled', 'signal.sent', 'supervisor.stopped']),
    complete: true,
    replayed: true,
    explained: 'stopped',
    exits: true,
    heard: true,
  })
})

test('the simulated host of the package works in plain Node', async () => {
  const { code, stdout, stderr } = await runPlain('package-testing', [], { NODE_ENV: 'production' })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    children: [
      ['flaky', 'failed', 4],
      ['web', 'stopped', 0],
    ],
    lives: [3, 1],
    survivors: 0,
    processes: 0,
    inNoTime: true,
  })
})

test('declarations and modules name files that are published, and never a source', () => {
  const files = globSync('**/*.{js,d.ts}', { cwd: packaged('dist') })
  expect(files.length).toBeGreaterThan(50)
  const wrong = files.flatMap((file) => {
    const text = readFileSync(packaged(`dist/${file}`), 'utf8')
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*(['"])(\.[^'"]*)\1/g)].map(([, , specifier = '']) => specifier)
    return specifiers.flatMap((specifier) => {
      const target = join(dirname(packaged(`dist/${file}`)), specifier)
      return specifier.endsWith('.js') && existsSync(target) ? [] : [`${file}: ${specifier}`]
    })
  })
  expect(wrong).toEqual([])
})

test('what is published does not ask which environment it is in', () => {
  const asking = globSync('**/*.js', { cwd: packaged('dist') }).filter((file) =>
    /NODE_ENV|import\.meta\.env|vitest/i.test(readFileSync(packaged(`dist/${file}`), 'utf8')),
  )
  expect(asking).toEqual([])
})
