import type { ChildState } from '../machines/child-state.ts'

/** Of what rests only that which could not be killed may be alive; of what has exited, what it left behind. */
export function mayBeAlive({ name, view, pid }: ChildState): boolean {
  if (pid === null) return false
  switch (name) {
    case 'initial':
    case 'waiting':
    case 'spawning':
    case 'backingOff':
    case 'removed':
      return false
    case 'stopped':
      return view.outcome === 'unkillable'
    default:
      return true
  }
}
