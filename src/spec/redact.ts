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
