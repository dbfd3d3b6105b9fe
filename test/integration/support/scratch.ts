import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty directory for one test. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'brood-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A path in it, of a file that does not exist yet. */
export const scratchFile = (name = 'file'): string => join(scratchDirectory(), name)
