import type { LineReadiness } from '../spec/child-spec.ts'

/** Whether a line says that its process is ready: the whole line, however many pieces it came in. */
export function lineMatcher({
  line,
  source,
}: LineReadiness): (source: 'stdout' | 'stderr', text: string, truncated: boolean) => boolean {
  const begun = { stdout: '', stderr: '' }
  return (from, text, truncated) => {
    if (source !== undefined && source !== from) return false
    const whole = begun[from] + text
    // A line that is too long is matched by its first piece and its last: a flood must not be remembered.
    begun[from] = truncated ? begun[from] || text : ''
    if (truncated) return false
    if (typeof line === 'string') return whole.includes(line)
    // A global or sticky expression would go on where the last match ended.
    line.lastIndex = 0
    return line.test(whole)
  }
}
