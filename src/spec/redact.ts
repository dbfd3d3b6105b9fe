const mark = '[redacted]'

/**
 * A function that puts `[redacted]` in the place of every secret in a text. Secrets are literal; where occurrences
 * overlap, all they cover goes, so that no remainder of one shows behind another. Without secrets: the identity.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // An empty secret would be found everywhere.
  const needles = [...new Set(secrets)].filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length)
  if (needles.length === 0) return (text) => text
  return (text) => {
    const covered = occurrences(text, needles)
    if (covered.length === 0) return text
    let redacted = ''
    let from = 0
    for (const [start, end] of covered) {
      redacted += text.slice(from, start) + mark
      from = end
    }
    return redacted + text.slice(from)
  }
}

/**
 * The same for a text that comes in pieces, of which each but the last is `truncated`: the end of a piece is held back
 * where it may be the beginning of a secret, and stands before the next one. Never holds back more than twice the longest
 * secret, so that a secret which is its own neighbour (`aa` in a line of nothing else) may leave the end of one behind.
 */
export function pieceRedactor(secrets: readonly string[]): (text: string, truncated: boolean) => string {
  const longest = Math.max(0, ...secrets.map(({ length }) => length))
  if (longest === 0) return (text) => text
  const redact = redactor(secrets)
  const needles = [...new Set(secrets)].filter((secret) => secret !== '')
  let held = ''
  return (text, truncated) => {
    const whole = held + text
    const end = truncated ? seam(whole, longest, occurrences(whole, needles)) : whole.length
    held = whole.slice(end)
    return redact(whole.slice(0, end))
  }
}

/** Up to where a text can be given away whatever follows. */
function seam(text: string, longest: number, found: readonly Range[]): number {
  let end = Math.max(0, text.length - (longest - 1))
  const torn = found.find(([start, after]) => start < end && end < after)
  if (torn !== undefined) end = text.length - torn[0] <= 2 * longest ? torn[0] : torn[1]
  // Never within a character: each half would be none.
  return end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end
}

type Range = readonly [start: number, end: number]

/** Where the needles are, in order, overlapping ranges made one. Ranges that only touch stay two: two secrets, two marks. */
function occurrences(text: string, needles: readonly string[]): readonly Range[] {
  const found: Range[] = []
  for (const needle of needles) {
    // One further, not one needle further: `aa` covers all of `aaa`.
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) {
      found.push([at, at + needle.length])
    }
  }
  if (found.length < 2) return found
  // Of two that begin together the longer comes first and swallows the other.
  found.sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd)
  const merged: Range[] = []
  for (const range of found) {
    const last = merged.at(-1)
    if (last !== undefined && range[0] < last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], range[1])]
    else merged.push(range)
  }
  return merged
}
