import { maskSource } from './mask-source.ts'

/** One import or re-export of a file. */
export interface Import {
  readonly line: number
  /** What is imported from; undefined where an `import()` computes it. */
  readonly specifier: string | undefined
  /** Where in the source the specifier begins, behind its quote. */
  readonly offset: number
  /** Erased by the compiler as a whole: `import type`, `export type`. An inline `type` still loads the module. */
  readonly typeOnly: boolean
}

const clause = String.raw`(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*\s*as\s+[\w$]+)?\s*from\s*`
const statements = [
  new RegExp(
    String.raw`(?<![\w$.])import(?<type>\s+type(?=\s*[{*]|\s+(?!from\s*['"])[\w$]))?\s*(?:${clause})?(?<quote>['"])`,
    'g',
  ),
  /(?<![\w$.])export(?<type>\s+type)?\s*(?:\{[^}]*\}|\*(?:\s*as\s+[\w$]+)?)\s*from\s*(?<quote>['"])/g,
  /(?<![\w$.])import\s*\(\s*(?<quote>['"]?)/g,
]

/**
 * Every import of a file, in the order of its lines: static, re-exported, for side effects, dynamic. An `import('x')`
 * in a type counts as one that loads: write `import type` instead.
 */
export function readImports(source: string): readonly Import[] {
  const masked = maskSource(source)
  return statements
    .flatMap((pattern) => Array.from(masked.matchAll(pattern)))
    .toSorted((a, b) => a.index - b.index)
    .map((match) => {
      const offset = match.index + match[0].length
      const quote = match.groups?.['quote'] ?? ''
      return {
        line: masked.slice(0, match.index).split('\n').length,
        specifier: quote === '' ? undefined : source.slice(offset, masked.indexOf(quote, offset)),
        offset,
        typeOnly: match.groups?.['type'] !== undefined,
      }
    })
}
