/** Why a process ended, or why a child was asked to stop or to live again. */
export type Cause =
  | 'crash'
  | 'operator'
  | 'reload'
  | 'dependency'
  | 'health'
  | 'strategy'
  | 'shutdown'
  | 'timeout'
  | 'abort'
  | 'replace'
  | 'finished'

/** The end of one life, exactly as the kernel said it. */
export interface Exit {
  /** The exit code, or null where a signal ended the process (or nobody knows). */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The shell's view: the code, or 128 + n for signal n. Null where neither is known. */
  readonly status: number | null
  /** Epoch milliseconds at which the exit was observed. */
  readonly at: number
  /** True only if a stop or restart of this incarnation was recorded before the exit, or a one-shot succeeded. */
  readonly expected: boolean
  readonly cause: Cause
}

/**
 * Signal numbers, which charts and folds may not ask the host for: a log is read the same on every machine.
 * @see signal(7), the x86/ARM column
 */
const numbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
}

/** The shell's single number for an exit: the code, 128 + n for a signal, null where nothing is known. */
export function statusOf(code: number | null, signal: NodeJS.Signals | null): number | null {
  if (code !== null) return code
  const number = signal === null ? undefined : numbers[signal]
  return number === undefined ? null : 128 + number
}
