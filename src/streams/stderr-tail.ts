/** The last lines of a life's stderr, for the error that tells why it died. */
export interface StderrTail {
  add(line: string): void
  /** At most 20 lines and 4 KiB, the newest kept; undefined before the first line. */
  text(): string | undefined
}

const LINES = 20
const BYTES = 4_096

export function createStderrTail(redact: (text: string) => string): StderrTail {
  let lines: string[] = []
  let known: string | undefined
  return {
    add(line) {
      lines.push(line)
      known = undefined
      // Trimmed now and then, not for every line of a flood.
      if (lines.length >= 4 * LINES) lines = lines.slice(-LINES)
    },
    text() {
      if (lines.length === 0) return undefined
      known ??= lastBytes(redact(lines.slice(-LINES).join('\n')))
      return known
    },
  }
}

/** Cuts at the front, and never within a character. */
function lastBytes(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= BYTES) return text
  let start = bytes.length - BYTES
  // UTF-8 continuation bytes are 10xxxxxx.
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  return bytes.toString('utf8', start)
}
