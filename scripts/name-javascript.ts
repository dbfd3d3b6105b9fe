import { readImports } from './read-imports.ts'

/** Declarations whose relative imports name `x.js` instead of `x.ts`: as long as before, so that their maps still fit. */
export function nameJavaScript(declarations: string): string {
  return readImports(declarations).reduce((text, { specifier, offset }) => {
    if (specifier === undefined || !/^\.{1,2}\/.*\.ts$/.test(specifier)) return text
    const end = offset + specifier.length
    return `${text.slice(0, end - 2)}js${text.slice(end)}`
  }, declarations)
}
