/**
 * Freezes plain data all the way down: an event is one object for everybody who hears of it, and what it holds is often
 * part of the live tree. What is frozen already is taken to be so throughout.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) freezeDeep(member)
  return value
}
