/** Up to one decimal, and none where it says nothing. */
const short = (value: number): string => String(Math.round(value * 10) / 10)

/** Milliseconds as a person says them: `250 ms`, `4.2 s`, `300 s`, `15 min`, `2.5 h`. */
export function durationWords(ms: number): string {
  const seconds = ms / 1_000
  if (seconds < 1) return `${Math.round(ms)} ms`
  if (seconds < 600) return `${short(seconds)} s`
  return seconds < 7_200 ? `${short(seconds / 60)} min` : `${short(seconds / 3_600)} h`
}
