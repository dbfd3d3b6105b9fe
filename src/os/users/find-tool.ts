import { accessSync, constants, realpathSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'

/**
 * The path of the program `name`, or undefined where there is none. Looked for in `path`, by default the host's `PATH`,
 * never in that of a child: it may be run with the host's privileges. One that is a link to a program of many names
 * (busybox) is none: it does not know the options that are needed.
 */
export function findTool(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  for (const folder of path.split(':')) {
    const file = join(folder, name)
    if (isAbsolute(folder) && isWhole(file, name)) return file
  }
  return undefined
}

function isWhole(file: string, name: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return basename(realpathSync(file)) === name
  } catch {
    return false
  }
}
