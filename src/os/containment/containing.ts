import type { ChildProcess } from 'node:child_process'
import type { ProcessStat } from '../process-table.ts'
import type { Enclosure } from './enclosure.ts'

/** A life that is within its enclosure. */
export interface Arrival {
  readonly enclosure: Enclosure
  /** The program, as this host sees it; absent where it is Node's own child. */
  readonly leader?: ProcessStat
}

/** How one life is put into an enclosure of its own. */
export interface Containing {
  /** A program and its arguments, to stand before the command: it becomes it, or stands for it. */
  readonly launcher: readonly string[]
  /**
   * Who can switch to another user: Node, before the launcher; only a launcher behind it, as this one needs the host's
   * privileges; nobody.
   */
  readonly switchedBy: 'node' | 'launcher' | 'nobody'
  /**
   * To be called at once after the spawn, with `stdio[3]` a pipe. `arrived` is called once, perhaps at once; never where
   * the process ends before it is within: no command has been run then.
   * @throws what the system has against it; the process has then to be killed
   */
  enter(child: ChildProcess, pid: number, arrived: (arrival: Arrival) => void): void
  /** Nothing was spawned: gives back what was prepared. */
  cancel(): void
}
