/** The levels of containment beyond a process group; each is the subject of the report that it is in force. */
export type ContainmentLevel = 'pidns' | 'cgroup'

/** Whether a `containment.reported` of this subject says what is in force, not what is missing. */
export function isContainmentLevel(subject: string): subject is ContainmentLevel {
  return subject === 'pidns' || subject === 'cgroup'
}
