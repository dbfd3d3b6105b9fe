/** What the status of a command means. */
export const exitCodes = {
  fine: 0,
  /** A promise is broken, or the journal is damaged. */
  broken: 1,
  /** It was asked for something that does not exist: an option, a file, a child. */
  misused: 2,
  /** Ended by ^C. */
  interrupted: 130,
} as const
