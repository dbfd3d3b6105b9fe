import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * What execvp(3) would have against `command`, as far as this process can see: undefined where it finds a program. Asked
 * where another program does the exec in our place: what that one meets is an exit code of its own, no failed spawn.
 */
export function commandFault(command: string, path: string | undefined, cwd = process.cwd()): string | undefined {
  if (command.includes('/')) return fileFault(resolve(cwd, command))
  let fault = 'ENOENT'
  // As in glibc: without a PATH these two, and an empty entry is the working directory.
  for (const folder of (path ?? '/bin:/usr/bin').split(':')) {
    const found = fileFault(resolve(cwd, folder, command))
    if (found === undefined) return undefined
    if (found === 'EACCES') fault = found
  }
  return fault
}

function fileFault(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return 'EACCES'
    accessSync(file, constants.X_OK)
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'ENOENT'
  }
}
