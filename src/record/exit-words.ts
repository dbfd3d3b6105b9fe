import type { Exit } from '../events/exit.ts'

/** How a life ended, as a verb. */
export function exitWords(exit: Pick<Exit, 'code' | 'signal'> | undefined): string {
  if (exit === undefined) return 'never began'
  if (exit.signal !== null) return `was ended by ${exit.signal}`
  return exit.code === null ? 'ended, nobody knows how' : `exited with code ${exit.code}`
}
