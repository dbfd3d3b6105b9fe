import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

/** A file of the package, by its path from the package's root. */
export const packaged = (path: string): string => join(root, path)

/** Says in one sentence what is the matter where nothing was built, in place of a hundred modules that are not found. */
export function expectBuilt(): void {
  if (!existsSync(packaged('dist/index.js'))) {
    throw new Error('There is no dist/index.js to test: run `npm run build` first (`npm run test:dist` does both).')
  }
}

export function manifest(): Manifest {
  return JSON.parse(readFileSync(packaged('package.json'), 'utf8'))
}

export interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** Runs a fixture with plain Node, as a user of the package would: no vitest, no TypeScript, no conditions. */
export function runPlain(fixture: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const path = packaged(`test/fixtures/hosts/${fixture}.mjs`)
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...rest } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { env: { ...rest, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}
