import { accessSync, constants, realpathSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'

/**
 * The path of util-linux's setpriv(1), or undefined where there is none. Looked for in the host's `PATH`, never in that
 * of a child: it is run with the host's privileges. One that is a link to a program of many names (busybox) does not
 * know the options that are needed.
 */
export function findSetpriv(path = process.env['PATH'] ?? ''): string | undefined {
  for (const folder of path.split(':')) {
    const file = join(folder, 'setpriv')
    if (isAbsolute(folder) && isWhole(file)) return file
  }
  return undefined
}

function isWhole(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return basename(realpathSync(file)) === 'setpriv'
  } catch {
    return false
  }
}
