import { closeSync, openSync, readSync } from 'node:fs'

// Some 9000 children; the kernel itself gives no more than a page at once.
const scratch = Buffer.allocUnsafe(64 * 1024)

/**
 * The children of this process' main thread, zombies included, or null where the kernel does not tell.
 *
 * Of the main thread alone, and that is what makes reaping safe: children that a worker thread forked stand in the file
 * of that thread until it ends, while an orphan falls to the main thread.
 *
 * @see proc(5), `/proc/tid/children`: it may leave out somebody when another child is reaped between two reads of it.
 * Only an addon with threads of its own does that here; and who is left out is found by the next look.
 */
export function readMainThreadChildren(): readonly number[] | null {
  let fd: number
  try {
    fd = openSync(`/proc/self/task/${process.pid}/children`, 'r')
  } catch {
    return null
  }
  try {
    let text = ''
    for (;;) {
      const bytes = readSync(fd, scratch, 0, scratch.length, null)
      if (bytes === 0) break
      text += scratch.toString('latin1', 0, bytes)
    }
    return text.split(' ').flatMap((pid) => (pid === '' ? [] : Number(pid)))
  } catch {
    return null
  } finally {
    closeSync(fd)
  }
}
