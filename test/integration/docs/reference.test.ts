import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { childChart } from '../../../src/machines/child-chart.ts'
import { childDecisions, refused } from '../../../src/machines/child-table.ts'
import { placeOf, type ChildStateName } from '../../../src/machines/child-state.ts'
import { laws } from '../../../src/record/invariants/laws.ts'
import { fencesOf, root, tableRows } from './fences.ts'

const source = (file: string): string => readFileSync(join(root, file), 'utf8')
const names = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name)
const sorted = (list: Iterable<string>): string[] => [...new Set(list)].toSorted((a, b) => (a < b ? -1 : 1))

/** Every `name` in backticks in the first cells of a page's tables. */
const firstCells = (page: string): string[] => tableRows(page).flatMap(([first = '']) => names(first, /`([^`]+)`/g))

/** The members of an interface that stand at its first level of indentation. */
function members(text: string, name: string): string[] {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, 'ms').exec(text)?.[1]
  if (body === undefined) throw new Error(`No interface ${name}`)
  return names(body, /^ {2}(?:readonly )?'?([\w.]+)'?\??:/gm)
}

/** The members of an event's payload, an object in place or a name with more behind it. */
function payload(type: string): string[] {
  const text = source('src/events/event.ts') + source('src/events/payload-parts.ts')
  const declared =
    new RegExp(`^  '${type.replace('.', '\\.')}': (.*?)(?=^  '|^  /\\*\\*|^\\})`, 'ms').exec(text)?.[1] ?? ''
  const named = names(declared.replaceAll(/\{.*\}/gs, ''), /\b([A-Z]\w+)\b/g).filter((name) => name !== 'NoData')
  const own = names(declared.replaceAll(/(readonly \w+\??: )\{.*?\}/gs, '$1object'), /readonly (\w+\??):/g)
  return [...own, ...named.flatMap((name) => inherited(text, name))]
}

function inherited(text: string, name: string): string[] {
  const extended = new RegExp(`interface ${name} extends (\\w+)`).exec(text)?.[1]
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, 'ms').exec(text)?.[1] ?? ''
  const own = names(body, /readonly (\w+\??):/g)
  return extended === undefined ? own : [...own, ...inherited(text, extended)]
}

const eventTypes = members(source('src/events/event.ts'), 'EventData')

test('the table of events has every type there is, and no other', () => {
  const page = firstCells('docs/reference/events.md').filter((name) => name.includes('.'))
  expect(sorted(page)).toEqual(sorted(eventTypes))
})

test.each(eventTypes)('the row of %s names every member of its payload', (type) => {
  const row = tableRows('docs/reference/events.md').find(([first]) => first === `\`${type}\``)
  const told = names(row?.[1] ?? '', /`([^`]+)`/g).flatMap((list) => list.split(' '))
  expect(sorted(told)).toEqual(sorted(payload(type)))
})

test('the table of errors has every code there is, and what is reserved is told apart', () => {
  const codes = names(source('src/errors.ts'), /^ {2}\| '(ERR_\w+)'/gm)
  const told = source('docs/reference/errors.md')
  expect(codes.filter((code) => !told.includes(`\`${code}\``))).toEqual([])
  expect(names(told, /`(ERR_\w+)`/g).filter((code) => !codes.includes(code))).toEqual([])
})

/** Both ways to tell a stop, and what they have in common. */
const stopOptions = ['CommonStopOptions', 'GracefulStopOptions', 'StagedStopOptions']

test('the tables of options have every option there is', () => {
  const told = new Set(firstCells('docs/reference/options.md'))
  const options = source('src/spec/child-options.ts')
  const all = [
    ...members(source('src/spec/supervisor-options.ts'), 'SupervisorOptions'),
    ...['CommonOptions', 'ProcessOptions', 'RestartOptions', ...stopOptions].flatMap((name) => members(options, name)),
  ]
  expect(all.length).toBeGreaterThan(40)
  expect(sorted(all).filter((name) => !told.has(name))).toEqual([])
})

test('the tables of invariants have every one there is, and no other', () => {
  const told = firstCells('docs/reference/invariants.md')
  expect(sorted(told)).toEqual(sorted(laws.map(({ invariant }) => invariant)))
  expect(told).toHaveLength(laws.length)
})

test('the tables of the command line have every command and option there is, and no other', () => {
  const text = source('src/cli/run-cli.ts')
  const commands = names(text, /\.command\('([^']+)'\)/g).map((command) => `brood ${command}`)
  const options = names(text, /\.option\('([^']+)'/g).flatMap((flags) => flags.split(', '))
  const told = firstCells('docs/reference/cli.md').filter((name) => name.startsWith('brood') || name.startsWith('-'))
  expect(sorted(told)).toEqual(sorted([...commands, ...options, '-h', '--help', '-V', '--version']))
})

test('the diagram of a life is the chart', () => {
  const diagram = fencesOf('docs/reference/lifecycle.md').find(({ info }) => info === 'mermaid')?.code ?? ''
  const drawn = [...diagram.matchAll(/^ *(\w+) --> (\w+): (.+)$/gm)].flatMap(([, from, to, events = '']) =>
    events.split(', ').map((event) => `${from} ${event} ${to}`),
  )
  expect(sorted(drawn)).toEqual(sorted(edges('any', childChart.config)))
})

interface Node {
  readonly on?: Readonly<Record<string, string | { readonly target?: string }>>
  readonly states?: Readonly<Record<string, Node>>
}

function edges(name: string, config: unknown): string[] {
  const { on = {}, states = {} } = config as Node
  const own = Object.entries(on).flatMap(([event, cell]) => {
    const target = typeof cell === 'string' ? cell : cell.target
    return target === undefined ? [] : [`${name} ${event} ${target.replace(/^(#child)?\./, '')}`]
  })
  return [...own, ...Object.entries(states).flatMap(([key, state]) => edges(key, state))]
}

test('the table of verbs refuses exactly where the decision does', () => {
  const rows = new Map(
    tableRows('docs/reference/lifecycle.md')
      .filter((row) => row.length === 4)
      .map((row) => [row[0], row]),
  )
  for (const [name, row] of Object.entries(childDecisions)) {
    const { state } = placeOf(name as ChildStateName)
    const [, start = '', , restart = ''] = rows.get(`\`${state}\``) ?? []
    expect(start === '`ERR_INVALID_STATE`', `start() while ${name}`).toBe(row.start === refused)
    expect(restart === '`ERR_INVALID_STATE`', `restart() while ${name}`).toBe(row.restart === refused)
  }
})
