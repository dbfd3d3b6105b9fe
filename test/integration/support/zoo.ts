import { fileURLToPath } from 'node:url'

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url))

/** Where a fixture of `test/fixtures` lies. */
export const fixture = (path: string): string => `${fixtures}${path}`

export interface Runnable {
  readonly command: string
  readonly args: readonly string[]
}

/** A program of the zoo, to be spread into a child's options. */
export const zoo = (name: string, ...args: readonly (string | number)[]): Runnable => ({
  command: 'sh',
  args: [fixture(`zoo/${name}.sh`), ...args.map(String)],
})

/** A script of a few words, where the zoo has nothing like it. */
export const sh = (script: string, ...args: readonly string[]): Runnable => ({
  command: 'sh',
  args: ['-c', script, 'sh', ...args],
})

/** Ready when it has said so. */
export const whenReady = { ready: { line: /^ready$/ } } as const
