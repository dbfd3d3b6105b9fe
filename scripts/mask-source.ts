const comment = /\/\/.*|\/\*[^]*?(?:\*\/|$)/y
const string = /'(?:\\[^]|[^'\\\n])*'?|"(?:\\[^]|[^"\\\n])*"?/y
const templateChunk = /[`}](?:\\[^]|\$(?!\{)|[^`$\\])*(?:`|\$\{|$)/y
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/y

/** What stands before a slash that begins a regular expression; after anything else it divides. */
const expectsOperand = /(?:^|[(,=:[!&|?{;+\-*%~^<>]|\b(?:return|typeof|case|throw|await|yield|else|of|in))\s*$/

/**
 * Source with everything that is not code blanked out: comments, regular expressions, templates, and what stands
 * between the quotes of a string. Offsets and lines stay as they were, so that a find can be looked up in the original.
 *
 * TypeScript 7 has no stable parser to ask, and one of somebody else's would be a second opinion about the syntax.
 */
export function maskSource(source: string): string {
  let masked = ''
  let depth = 0
  /** The depths at which a template was left for a `${`, innermost last. */
  const templates: number[] = []

  while (masked.length < source.length) {
    const at = masked.length
    const next = source.charAt(at)
    const quoted = tokenAt(string, source, at)
    const unquoted =
      tokenAt(comment, source, at) ??
      (next === '`' || (next === '}' && templates.at(-1) === depth) ? tokenAt(templateChunk, source, at) : undefined) ??
      (next === '/' && expectsOperand.test(masked.slice(-80)) ? tokenAt(regularExpression, source, at) : undefined)

    if (quoted !== undefined) {
      masked += quoted.slice(0, 1) + blanked(quoted.slice(1, -1)) + quoted.slice(1).slice(-1)
    } else if (unquoted !== undefined) {
      if (next === '}') templates.pop()
      if (/^[`}][^]*\$\{$/.test(unquoted)) templates.push(depth)
      masked += blanked(unquoted)
    } else {
      if (next === '{') depth++
      if (next === '}') depth--
      masked += next
    }
  }
  return masked
}

function tokenAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function blanked(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}
