/**
 * Names one process exactly, for as long as the machine is up: a pid alone is reused, a pid with the tick of its start
 * is not, and the boot id tells two uptimes apart.
 *
 * @see proc(5), `/proc/pid/stat` field 22 and `/proc/sys/kernel/random/boot_id`
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: number
  readonly bootId: string
}

export function sameIdentity(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId
}
