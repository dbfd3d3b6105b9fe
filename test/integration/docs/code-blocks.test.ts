import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { fencesOf, pages, pageText, root } from './fences.ts'

expectNoLeaks()

const run = promisify(execFile)
const fences = pages.flatMap(fencesOf)
const samples = fences.filter(({ info }) => info.split(' ')[0] === 'ts')

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'brood-docs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  // A user's own folder, with our dependencies in it.
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

/** What a sample may use without saying where it comes from. */
const context = `
import type { Supervisor } from 'brood'
declare global { const supervisor: Supervisor }
`

/** Type errors of samples, as the compiler words them. */
async function typeErrors(codes: readonly string[]): Promise<string> {
  const directory = scratch()
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
    readonly compilerOptions: object
  }
  const config = {
    compilerOptions: {
      ...compilerOptions,
      paths: {
        brood: [join(root, 'src/index.ts')],
        'brood/testing': [join(root, 'src/testing/index.ts')],
      },
    },
    include: ['*.mts'],
  }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(directory, 'context.mts'), context)
  for (const [index, code] of codes.entries()) writeFileSync(join(directory, `${index}.mts`), `export {}\n${code}`)
  const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '--project', directory, '--pretty', 'false']
  return run(process.execPath, compiler).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
}

test('every sample of the README and the docs has types that hold', async () => {
  expect(samples.length).toBeGreaterThan(20)
  const errors = await typeErrors(samples.map(({ code }) => code))
  const places = samples.map(({ page, line }, index) => `${index}.mts = ${page}:${line}`)
  expect(errors, places.join('\n')).toBe('')
})

test('a sample with a name that does not exist, or an option, would be found', async () => {
  const [first] = samples
  expect(await typeErrors([`${first?.code}\nsupervisor.begin()`])).toMatch(`Property 'begin' does not exist`)
  expect(await typeErrors([`supervisor.add({ id: 'x', command: 'y', reddy: 'manual' })`])).toMatch('reddy')
})

const runnable = fences.flatMap((fence, index) =>
  fence.info === 'ts run' ? [{ ...fence, name: `${fence.page}:${fence.line}`, printed: fences[index + 1] }] : [],
)

test.each(runnable)('the sample at $name runs, and prints what the page says, in that order', async (sample) => {
  const file = join(scratch(), 'sample.ts')
  const specifiers: Readonly<Record<string, string>> = {
    brood: pathToFileURL(join(root, 'src/index.ts')).href,
    'brood/testing': pathToFileURL(join(root, 'src/testing/index.ts')).href,
  }
  const code = sample.code.replaceAll(/from '([^']+)'/g, (all, name: string) =>
    specifiers[name] === undefined ? all : `from '${specifiers[name]}'`,
  )
  writeFileSync(file, code)
  const { stdout } = await run(process.execPath, [file])
  expect(sample.printed?.info).toBe('text')
  const lines = stdout.split('\n')
  let from = 0
  for (const line of (sample.printed?.code ?? '').trimEnd().split('\n')) {
    const at = lines.indexOf(line, from)
    expect(at, `"${line}" in\n${stdout}`).toBeGreaterThanOrEqual(from)
    from = at + 1
  }
})

test('every link between the pages leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...pageText(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^\w+:/.test(target) && !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})
