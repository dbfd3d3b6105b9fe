import type { ProcessIdentity } from '../events/identity.ts'
import type { LifeKey } from '../ports.ts'

/** A living simulated process, as plain data. */
export interface ProcessRow {
  readonly pid: number
  readonly ppid: number
  readonly pgid: number
  readonly sid: number
  readonly state: 'running' | 'stopped'
  readonly command: string
  readonly identity: ProcessIdentity
  /** Its cookie: the tree, the stream and the incarnation it was spawned for. */
  readonly treeId: string
  readonly life: LifeKey
}
