import { maskSource } from './mask-source.ts'
import type { Room } from './rooms.ts'
import type { SourceFile, Violation } from './source-tree.ts'

/** Where time, chance and the process come from without an import. A key of that name, or a property, is no use of it. */
const ambient =
  /(?<![\w$.])(?:(?:Date|performance|process|crypto|globalThis|set(?:Timeout|Interval|Immediate)|queueMicrotask)(?![\w$]|\s*\??:)|Math\s*\.\s*random(?![\w$])|Math(?!\s*\.|[\w$]))/g

/** Every use of a clock, of chance, of timers or of the process in a room that is to be a function of its arguments. */
export function checkPurity(
  files: readonly SourceFile[],
  rooms: Readonly<Record<string, Room | 'everything'>>,
): readonly Violation[] {
  return files.flatMap(({ path, room: name, source }) => {
    const room = rooms[name]
    if (room === undefined || room === 'everything' || room.pure !== true) return []
    const masked = maskSource(source)
    return Array.from(masked.matchAll(ambient), (match) => ({
      path,
      line: masked.slice(0, match.index).split('\n').length,
      message: `${name} may not touch ${match[0].replaceAll(/\s/g, '')}: put it into the event, or ask a port for it`,
    }))
  })
}
