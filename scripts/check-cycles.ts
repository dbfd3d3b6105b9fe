import { posix } from 'node:path'
import type { SourceFile, Violation } from './source-tree.ts'

/**
 * Every import that closes a circle of files, with the circle. Imports of types count: the compiler erases them, a
 * reader who wants to know where to begin does not.
 */
export function checkCycles(files: readonly SourceFile[]): readonly Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const trail: string[] = []
  const violations: Violation[] = []

  const visit = (file: SourceFile): void => {
    trail.push(file.path)
    for (const { specifier, line } of file.imports) {
      if (specifier?.startsWith('.') !== true) continue
      const target = byPath.get(posix.join(posix.dirname(file.path), specifier))
      if (target === undefined || done.has(target.path)) continue
      const begin = trail.indexOf(target.path)
      if (begin === -1) visit(target)
      else {
        const circle = [...trail.slice(begin), target.path].join(' → ')
        violations.push({ path: file.path, line, message: `closes a circle: ${circle}` })
      }
    }
    trail.pop()
    done.add(file.path)
  }

  for (const file of files) if (!done.has(file.path)) visit(file)
  return violations
}
