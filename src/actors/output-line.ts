/** One line of a child's output. Pushed as it comes, never recorded. */
export interface OutputLine {
  readonly stream: string
  readonly child: string
  readonly incarnation: number
  readonly source: 'stdout' | 'stderr'
  readonly text: string
  /** True for each piece but the last of a line over 64 KiB. */
  readonly truncated?: boolean
  /** Epoch milliseconds. */
  readonly at: number
}
