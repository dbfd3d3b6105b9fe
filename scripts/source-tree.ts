import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readImports, type Import } from './read-imports.ts'

/** One file under `src`, read. */
export interface SourceFile {
  /** Relative to the tree, with `/`: `machines/child-chart.ts`. */
  readonly path: string
  /** The first segment of the path: `machines`, `index`. */
  readonly room: string
  readonly source: string
  readonly imports: readonly Import[]
}

/** Something that is not allowed, at its place. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly message: string
}

/** Every TypeScript file under a folder, by path. */
export function readSourceTree(folder: string): readonly SourceFile[] {
  return globSync('**/*.ts', { cwd: folder })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
    .map((path) => {
      const source = readFileSync(join(folder, path), 'utf8')
      return { path, room: roomOf(path), source, imports: readImports(source) }
    })
}

/** The room a path under `src` belongs to. */
export function roomOf(path: string): string {
  return path.replace(/\.ts$/, '').split('/')[0] ?? ''
}
