/** One line without its end, or a piece of one that is longer than the limit. */
export interface SplitLine {
  readonly text: string
  /** There is more of this line: the next piece follows. */
  readonly truncated: boolean
}

export interface LineSplitter {
  push(chunk: Buffer): void
  /** Delivers what is left: a last line without a newline. */
  end(): void
}

const newline = 0x0a
const carriageReturn = 0x0d

const mostParts = 128

/** The bytes a line may have before it comes in pieces. */
export const defaultLineBytes = 65_536

/**
 * Splits bytes into lines at `\n`, without one `\r` before it. Works on bytes and decodes whole lines only, so neither
 * the lines nor their characters depend on how the bytes were chunked; what is no UTF-8 becomes U+FFFD. Never holds
 * more than `limit` bytes and a chunk: longer lines come in pieces of at most `limit` bytes, cut between characters.
 */
export function createLineSplitter(deliver: (line: SplitLine) => void, limit: number = defaultLineBytes): LineSplitter {
  let parts: Buffer[] = []
  let length = 0

  const take = (): Buffer => {
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, length)
    parts = []
    length = 0
    return whole
  }

  const keep = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    parts.push(bytes)
    length += bytes.length
    // Whoever writes byte by byte must not cost a buffer for each.
    if (parts.length > mostParts) parts = [Buffer.concat(parts, length)]
    // Not before the line is sure to be too long whatever comes: a `\r` that a `\n` may follow does not count.
    if (length < limit + 2) return
    let rest = take()
    while (rest.length >= limit + 2) rest = cut(rest)
    // A copy, so that a few bytes do not keep a whole chunk in memory.
    keep(Buffer.from(rest))
  }

  const cut = (line: Buffer): Buffer => {
    const end = characterStart(line, limit)
    deliver({ text: line.toString('utf8', 0, end), truncated: true })
    return line.subarray(end)
  }

  const finish = (line: Buffer): void => {
    let rest = line
    while (rest.length > limit) rest = cut(rest)
    deliver({ text: rest.toString('utf8'), truncated: false })
  }

  return {
    push(chunk) {
      let start = 0
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
        let line = chunk.subarray(start, end)
        start = end + 1
        if (length > 0) {
          parts.push(line)
          length += line.length
          line = take()
        }
        finish(line.at(-1) === carriageReturn ? line.subarray(0, -1) : line)
      }
      keep(start === 0 ? chunk : chunk.subarray(start))
    },
    end() {
      if (length > 0) finish(take())
    },
  }
}

/** The last place at or before `at` where a character begins; `at` itself in what is no UTF-8. */
function characterStart(bytes: Buffer, at: number): number {
  for (let back = 0; back < 4 && back < at; back++) {
    // 10xxxxxx continues a character, everything else begins one. RFC 3629.
    if (((bytes[at - back] ?? 0) & 0xc0) !== 0x80) return at - back
  }
  return at
}
