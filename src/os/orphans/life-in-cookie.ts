import { parseCookie } from '../cookie.ts'
import type { CookieLook } from '../environ.ts'
import type { Attribution } from './orphan.ts'

/** The life that an environment names, if it is one of this host: that of another host's child is none of ours. */
export function lifeInCookie(look: CookieLook, hostId: string): Attribution | undefined {
  const cookie = look.kind === 'cookie' ? parseCookie(look.text) : null
  if (cookie === null || cookie.hostId !== hostId) return undefined
  return { stream: cookie.stream, incarnation: cookie.incarnation, tree: cookie.treeId }
}
