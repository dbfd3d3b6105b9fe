import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A block of code in a page: between ``` and ```. */
export interface Fence {
  readonly page: string
  readonly line: number
  /** What stands behind the opening: `ts`, `ts run`, `text`, `mermaid`. */
  readonly info: string
  readonly code: string
}

/** The pages a reader is led to. Decisions tell of their own time, and are not kept up to date. */
export const pages: readonly string[] = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: root, exclude: ['docs/adr/**'] }).toSorted(),
]

export function pageText(page: string): string {
  return readFileSync(new URL(page, `file://${root}/`), 'utf8')
}

export function fencesOf(page: string): Fence[] {
  const text = pageText(page)
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(({ 1: info = '', 2: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    info,
    code,
  }))
}

/** The body rows of every table of a page: the texts of their cells. A `|` within a cell is written `\|`. */
export function tableRows(page: string): string[][] {
  return pageText(page)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s-]+$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}
