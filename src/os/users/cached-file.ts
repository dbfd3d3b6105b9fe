import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'

/**
 * Gives what `parse` makes of a file, read again only when it has changed: both account files are replaced by a rename,
 * and an editor in place changes size or time. A file that does not exist is an empty one.
 *
 * @throws the error of open(2) or read(2)
 */
export function cachedFile<Parsed>(path: string, parse: (text: string) => Parsed): () => Parsed {
  let version = ''
  let parsed: Parsed | undefined
  return () => {
    let fd: number
    try {
      fd = openSync(path, 'r')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return parse('')
      throw error
    }
    try {
      // Of the opened file: one that takes its place meanwhile is the next call's business.
      const { ino, size, mtimeNs } = fstatSync(fd, { bigint: true })
      const current = `${ino}/${size}/${mtimeNs}`
      if (parsed === undefined || current !== version) parsed = parse(readFileSync(fd, 'utf8'))
      version = current
      return parsed
    } finally {
      closeSync(fd)
    }
  }
}
