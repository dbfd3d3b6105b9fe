import { posix } from 'node:path'
import type { Import } from './read-imports.ts'
import type { Room } from './rooms.ts'
import { roomOf, type SourceFile, type Violation } from './source-tree.ts'

/** Every import that goes to a room or a package its file may not see, or may only know the types of. */
export function checkDirections(
  files: readonly SourceFile[],
  rooms: Readonly<Record<string, Room | 'everything'>>,
): readonly Violation[] {
  return files.flatMap((file) => {
    const room = Object.hasOwn(rooms, file.room) ? rooms[file.room] : undefined
    if (room === undefined) {
      return [{ path: file.path, line: 1, message: `there is no room called ${file.room}: add it to scripts/rooms.ts` }]
    }
    return file.imports.flatMap((found) => {
      const message = problemOf(file, found, room)
      return message === undefined ? [] : [{ path: file.path, line: found.line, message }]
    })
  })
}

function problemOf(file: SourceFile, found: Import, room: Room | 'everything'): string | undefined {
  const { specifier, typeOnly } = found
  if (specifier === undefined) return 'an import() that computes what it loads cannot be checked'
  const relative = specifier.startsWith('.')
  const target = relative ? roomAt(file, specifier) : packageOf(specifier)
  if (target === undefined) return `${specifier} is outside of the tree`
  if (room === 'everything' || (relative && target === file.room)) return undefined
  const isNamed = (name: string): boolean => name === target || (name === 'node:*' && target.startsWith('node:'))
  if ((relative ? room.loads : room.packages)?.some(isNamed) === true) return undefined
  if (room.knows?.some(isNamed) !== true) return `${file.room} may not import ${specifier}`
  return typeOnly ? undefined : `${file.room} may know the types of ${specifier} alone: write \`import type\``
}

function roomAt(file: SourceFile, specifier: string): string | undefined {
  const path = posix.join(posix.dirname(file.path), specifier)
  return path.startsWith('..') ? undefined : roomOf(path)
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
