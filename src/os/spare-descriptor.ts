import { closeSync, openSync } from 'node:fs'

let spare: number | undefined
let holders = 0

/**
 * Keeps one descriptor back for as long as processes are looked after. A host that has none left (EMFILE) could not even
 * look whether its own children are gone, and what cannot be looked at must not pass for empty.
 *
 * Returns how to give it back.
 */
export function holdSpareDescriptor(): () => void {
  holders++
  replenish()
  let held = true
  return () => {
    if (!held) return
    held = false
    if (--holders > 0 || spare === undefined) return
    closeSync(spare)
    spare = undefined
  }
}

/** Runs `look`, which opens one file and closes it again; where no descriptor is left for it, with the one kept back. */
export function withSpareDescriptor<T>(look: () => T): T {
  try {
    return look()
  } catch (error) {
    if (spare === undefined || !isOutOfDescriptors(error)) throw error
    closeSync(spare)
    spare = undefined
    try {
      return look()
    } finally {
      replenish()
    }
  }
}

/** @see open(2): EMFILE, the limit of the process; ENFILE, that of the machine */
export function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE')
}

function replenish(): void {
  if (spare !== undefined || holders === 0) return
  try {
    spare = openSync('/dev/null', 'r')
  } catch {
    // Somebody was faster. The next holder tries again.
  }
}
