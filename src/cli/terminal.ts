/** Where a command writes to, and how. */
export interface Terminal {
  /** Whether colours are wanted: not where `NO_COLOR` is set, nor in a pipe. */
  readonly isColoured: boolean
  /** Settles when there is room for more. */
  out(text: string): Promise<void>
  err(text: string): void
}
