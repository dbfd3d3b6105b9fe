import { closeSync, constants, openSync, statSync } from 'node:fs'
import type { OutputMode, SpawnRequest, StdinMode } from '../ports.ts'

/** How a spawn takes one of the three standard descriptors: an opened file, or what Node calls the rest. */
export type SpawnStdio = 'pipe' | 'ignore' | 'inherit' | Descriptor

/** execa takes any descriptor (stdio/handle.js), its types name the first of them only. */
type Descriptor = 3 | 4 | 5 | 6 | 7 | 8 | 9

export interface OpenedStdio {
  readonly stdin: SpawnStdio
  readonly stdout: SpawnStdio
  readonly stderr: SpawnStdio
  /** Closes our copies of the opened files; the child has its own once it is spawned. */
  close(): void
}

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = constants

/**
 * Opens the files that the modes name: standard input for reading, output for appending (created with 0644).
 * @throws the error of open(2), with `path`
 */
export function openStdio(request: Pick<SpawnRequest, 'stdin' | 'stdout' | 'stderr'>): OpenedStdio {
  const opened: number[] = []
  const close = (): void => {
    for (const fd of opened.splice(0)) closeSync(fd)
  }
  const take = (mode: StdinMode | OutputMode, flags: number): SpawnStdio => {
    if (mode === 'lines' || mode === 'raw') return 'pipe'
    if (typeof mode === 'string') return mode
    const fd = openSync(mode.file, isFifo(mode.file) ? O_RDWR : flags, 0o644)
    opened.push(fd)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Descriptor
    return fd as Descriptor
  }
  try {
    const output = O_WRONLY | O_APPEND | O_CREAT
    const stdin = take(request.stdin, O_RDONLY)
    return { stdin, stdout: take(request.stdout, output), stderr: take(request.stderr, output), close }
  } catch (error) {
    close()
    throw error
  }
}

/** Opening a FIFO blocks until its other end is opened, and this process with it: opened for both it does not. fifo(7) */
function isFifo(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false
}
