import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pageText, root, tableRows } from './fences.ts'

const page = 'docs/explanation/ancestors.md'

/** How many promises each ancestor has: DCP, pexec, child, pact, the reaper. */
const promises = { D: 27, X: 26, H: 15, P: 16, R: 10 } as const

const ids = Object.entries(promises).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
)

interface Named {
  readonly file: string
  /** What the page quotes of the titles of its tests. */
  readonly titles: readonly string[]
}

/** The tests that a text names: a file in backticks, from `test` on, and what it quotes behind it. */
function named(text: string): readonly Named[] {
  return [...text.matchAll(/`((?:integration|unit|property)\/[\w/-]+)`((?:\s*“[^”]+”)*)/g)].map(
    ([, file = '', quoted = '']) => ({
      file: `test/${file}.test.ts`,
      titles: [...quoted.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title.replaceAll(/\s+/g, ' ')),
    }),
  )
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** The titles of the tests of a file, of tables of tests the patterns: texts with a function behind them. */
const titlesOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/(['"`])((?:(?!\1).|\\.)+)\1,\s*(?:async )?\(/g)].map(([, , title = '']) => title)

const rows = tableRows(page).filter((row) => row.length === 4 && row[0] !== '')

/** What a text names and is not there. */
function missingOf(text: string): readonly string[] {
  return named(text).flatMap(({ file, titles }) => {
    if (!existsSync(join(root, file))) return [file]
    const told = titlesOf(file)
    return titles.filter((title) => !told.some((each) => each.includes(title))).map((title) => `${file}: ${title}`)
  })
}

test('every test that the page on the ancestors names is there, under that title', () => {
  expect(named(pageText(page)).length).toBeGreaterThan(80)
  expect(missingOf(pageText(page))).toEqual([])
})

test('control: a file or a title that is not there would be found', () => {
  const text = '`integration/no-such-file`, `integration/exits` “an exit names the process” “no such\nclaim”'
  expect(missingOf(text)).toEqual([
    'test/integration/no-such-file.test.ts',
    'test/integration/exits.test.ts: no such claim',
  ])
})

test('every promise of an ancestor stands in the page once', () => {
  expect(rows.flatMap(([first = '']) => first.split(' ')).toSorted()).toEqual(ids.toSorted())
})

test('every promise is shown: its number is in the title of a test that its row names, or its row quotes a title', () => {
  const unshown = rows.flatMap(([first = '', , , shown = '']) => {
    const tests = named(shown)
    if (tests.length === 0) return [first]
    if (tests.some(({ titles }) => titles.length > 0)) return []
    const titles = tests.flatMap(({ file }) => titlesOf(file))
    return first.split(' ').filter((id) => !titles.some((title) => new RegExp(`\\b${id}\\b`).test(title)))
  })
  expect(unshown).toEqual([])
})

test('every number in a title of the suite is a promise that the page knows, of that file', () => {
  const files = globSync('test/integration/ancestors/*.test.ts', { cwd: root })
  expect(files.length).toBeGreaterThan(5)
  const told = new Map(
    rows.flatMap(([first = '', , , shown = '']) => first.split(' ').map((id) => [id, shown] as const)),
  )
  const stray = files.flatMap((file) => {
    const name = file.slice('test/'.length, -'.test.ts'.length)
    return titlesOf(file)
      .flatMap((title) => /^((?:[DXHPR]\d+(?:, )?)+):/.exec(title)?.[1]?.split(', ') ?? [])
      .filter((id) => !told.get(id)?.includes(`\`${name}\``))
      .map((id) => `${name}: ${id}`)
  })
  expect([...new Set(stray)]).toEqual([])
})
