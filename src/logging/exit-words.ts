import type { Exit } from '../events/exit.ts'

/** An exit as a verb: how the process ended, as far as anybody knows. */
export function exitWords({ code, signal }: Pick<Exit, 'code' | 'signal'>): string {
  if (signal !== null) return `was ended by ${signal}`
  if (code !== null) return `exited with code ${code}`
  return 'ended'
}
