import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { expectBuilt, packaged } from './support/built-package.ts'

beforeAll(expectBuilt)

const run = promisify(execFile)

/** A project into which the packed tarball was installed, as npm lays it out, without asking a registry. */
async function installed(): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'brood-packed-'))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  const modules = join(project, 'node_modules')
  const own = join(modules, 'brood')
  mkdirSync(own, { recursive: true })
  mkdirSync(join(modules, '.bin'))
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: packaged('.') })
  const packs = JSON.parse(stdout) as readonly { readonly filename: string }[] | Readonly<Record<string, { readonly filename: string }>>
  const [pack] = Object.values(packs)
  await run('tar', ['-xzf', join(project, pack?.filename ?? ''), '-C', own, '--strip-components', '1'])
  const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(packaged(`node_modules/${name}`), join(modules, name))
  }
  symlinkSync(join('..', 'brood', manifest.bin.brood), join(modules, '.bin', 'brood'))
  return project
}

test('`npx brood` works from the packed package', async () => {
  const project = await installed()
  const main = join(project, 'node_modules/brood/dist/cli/main.js')
  expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  // oxlint-disable-next-line no-bitwise
  expect(statSync(main).mode & 0o111).toBe(0o111)
  const { version } = JSON.parse(readFileSync(packaged('package.json'), 'utf8'))
  const { stdout, stderr } = await run('npx', ['--no-install', 'brood', '--version'], { cwd: project })
  expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: '' })
})
