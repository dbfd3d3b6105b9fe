import type { LifeObservation } from '../ports.ts'

/** The one observation of a spawn that came to nothing. */
export type SpawnFailed = Extract<LifeObservation, { kind: 'spawnFailed' }>

/** What a host observes of a spawn that fails with an errno, or with one of brood's own codes for it. */
export function spawnFailed(command: string, code: string): SpawnFailed {
  const message = `spawn ${command} ${code}`
  switch (code) {
    case 'ERR_CWD_NOT_FOUND':
    case 'ERR_USER_NOT_FOUND':
    case 'ERR_UNSUPPORTED':
      return { kind: 'spawnFailed', code, message }
    default:
      return { kind: 'spawnFailed', code: 'ERR_SPAWN_FAILED', message, errno: code }
  }
}
