import type { ProcessIdentity } from '../../events/identity.ts'

/** The life of a child that a process descends from. `tree` is the id of its supervisor tree, as in the cookie. */
export interface Attribution {
  readonly stream: string
  readonly incarnation: number
  readonly tree: string
}

/** A living process that has lost its parent and is this host's child now. */
export interface AdoptedOrphan {
  /** Epoch milliseconds at which it was found. */
  readonly at: number
  readonly pid: number
  readonly identity: ProcessIdentity
  readonly attributedTo: Attribution
}

/** The end of a process that was adopted, or that nobody else of this host waits for. */
export interface ReapedOrphan {
  /** Epoch milliseconds at which it was reaped. */
  readonly at: number
  readonly pid: number
  readonly identity: ProcessIdentity
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The shell's view: the code, or 128 + n for signal n, real-time signals included, which have no name. */
  readonly status: number
  /** Absent where nothing told whose it was: its environment and session were its own before it was seen alive. */
  readonly attributedTo?: Attribution
}
