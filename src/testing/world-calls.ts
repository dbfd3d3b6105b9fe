/** How often a world was asked for something. A replay leaves all of it untouched. */
export interface WorldCalls {
  readonly opens: number
  readonly spawns: number
  /** Probes with signal 0 included. */
  readonly signals: number
  readonly surveys: number
}
