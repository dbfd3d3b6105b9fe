import type { Lifetime } from '../events/event.ts'

/** The variable in every child's environment that says whose it is; its descendants inherit it. */
export const cookieName = 'BROOD_COOKIE'

/** Which life a process belongs to, as its environment tells it. */
export interface Cookie {
  readonly hostId: string
  readonly treeId: string
  readonly lifetime: Lifetime
  /** URI-encoded, as everywhere: `/api/worker%2F1`. */
  readonly stream: string
  readonly incarnation: number
}

/**
 * `host:tree:lifetime:stream:incarnation`. A colon separates because it can stand in none of the parts: ids are
 * hexadecimal, and `encodeURIComponent` leaves no colon in a stream.
 */
export function formatCookie(cookie: Cookie): string {
  return `${cookie.hostId}:${cookie.treeId}:${cookie.lifetime}:${cookie.stream}:${cookie.incarnation}`
}

const lifetimes: readonly Lifetime[] = ['tethered', 'attached', 'survivor']

const shape = /^([^:]+):([^:]+):([a-z]+):(\/[^:]*):([1-9]\d*)$/

/** The cookie in `text`, or null where it is not one of ours: an environment is anybody's to write. */
export function parseCookie(text: string): Cookie | null {
  const match = shape.exec(text)
  if (match === null) return null
  const [, hostId = '', treeId = '', told, stream = '', incarnation] = match
  const lifetime = lifetimes.find((each) => each === told)
  if (lifetime === undefined) return null
  return {
    hostId,
    treeId,
    lifetime,
    stream,
    incarnation: Number(incarnation),
  }
}
