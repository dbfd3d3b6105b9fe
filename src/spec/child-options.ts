import type { Writable } from 'node:stream'
import type { AutoShutdown, RestartLimit, StopStage, Strategy } from '../events/event.ts'
import type { Backoff, Condition, ExitMark, OnUnexpectedExit, RestartType } from '../machines/policy.ts'
import type { Lifetime } from '../ports.ts'
import type { SupervisorLogger } from './supervisor-logger.ts'
import type { Runnable } from '../tasks/runnable.ts'

/** A child as its owner describes it: an OS process, a task, or a supervisor with children of its own. */
export type ChildOptions = ProcessOptions | TaskChildOptions | SupervisorChildOptions

/** What every kind of child can be told. */
interface CommonOptions {
  /**
   * The child's name, unique among its siblings: 1 to 256 UTF-16 code units without lone surrogates, otherwise free
   * (`__proto__`, `a/b` and emoji are names like any other). Compared unit by unit: no Unicode normalisation.
   */
  readonly id: string
  /** What follows an exit that nobody asked for: a type alone, or a type with its rules. Default `'permanent'`. */
  readonly restart?: RestartType | RestartOptions | undefined
  /**
   * The siblings this child waits for before it starts. A list waits for each to be ready (a one-shot: completed); a
   * record names the condition for each id. Default: none. Ids that do not exist and cycles are refused when the child
   * is added.
   */
  readonly after?: readonly string[] | Readonly<Record<string, Condition>> | undefined
  /** Whether its end counts for the supervisor's `autoShutdown`. Needs a transient or temporary restart. Default false. */
  readonly significant?: boolean | undefined
}

/**
 * An OS process to supervise. Only `id` and `command` are required; unknown properties are refused, and everything is
 * checked before anything is started: whatever is wrong is thrown as `ERR_INVALID_SPEC` with all its `issues`. What is
 * given is copied: later changes to it have no effect.
 */
export interface ProcessOptions extends CommonOptions {
  readonly kind?: 'process' | undefined
  /** The program, looked up in `PATH` unless it holds a slash; with `shell: true` the shell's text. Not blank. */
  readonly command: string
  /** Passed to the program as they are, without any shell. Must be empty with `shell: true`. Default `[]`. */
  readonly args?: readonly string[] | undefined
  /** The working directory; default the host's. Whether it exists is checked at each spawn (`ERR_CWD_NOT_FOUND`). */
  readonly cwd?: string | undefined
  /**
   * Environment variables; own enumerable properties only. Values are strings: `undefined` is refused, not dropped.
   * `BROOD_COOKIE` is brood's own: one that is given (a host that is itself a child of brood passes its `process.env`
   * on) is left out. Values never enter an event, a log line or an error message.
   */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** `'merge'`: the host's environment and then `env`. `'replace'`: `env` alone. Default `'merge'`. */
  readonly envMode?: 'merge' | 'replace' | undefined
  /** What the program sees as its own name. Default: `command`. */
  readonly argv0?: string | undefined
  /**
   * Whose the process is; default the host's own user. A name is looked up in `/etc/passwd` and `/etc/group` at each
   * spawn and brings its group, its supplementary groups and, with `envMode: 'merge'`, `HOME`, `USER`, `LOGNAME` and
   * `SHELL`, where `env` does not say otherwise; so does `{ uid }` alone. `{ uid, gid }` is exactly these two. An unknown
   * user fails the start with `ERR_USER_NOT_FOUND`, a missing privilege with `ERR_SPAWN_FAILED` (EPERM). Supplementary
   * groups are kept by setpriv(1); without it, or with `argv0`, they are dropped and `containment.reported` says so. Users
   * that only LDAP or another service knows need `{ uid, gid }`. Files in `stdio` and `cwd` are opened as the host.
   */
  readonly user?: string | { readonly uid: number; readonly gid?: number | undefined } | undefined
  /** Whether `command` is text for the shell. Default false. */
  readonly shell?: boolean | undefined
  /** Whether the process is meant to end: it has started once it has finished. Implies `restart: 'temporary'`. Default false. */
  readonly oneShot?: boolean | undefined
  /** How long one life may last, in milliseconds, before it is stopped. Default `Infinity`. */
  readonly runTimeoutMs?: number | undefined
  /** When the child counts as ready. Default `'spawned'`. */
  readonly ready?: ReadyOptions | undefined
  /** How long readiness may take, in milliseconds from the spawn. Default 90 000; `Infinity` waits for ever. */
  readonly readyTimeoutMs?: number | undefined
  /** How the child is stopped. */
  readonly stop?: StopOptions | undefined
  /**
   * What `reload()` sends to the process. `'none'`: a reload does nothing; absent: it restarts the child. SIGKILL and
   * SIGSTOP are refused: no process can handle them, so neither can mean a reload.
   */
  readonly reloadSignal?: NodeJS.Signals | 'none' | undefined
  /** Where the standard streams lead. Default `'lines'`. */
  readonly stdio?: StdioOptions | undefined
  /**
   * Whether its lines go to a logger, too: one log line for each, with `child`, `stream`, `source`, `incarnation` and
   * `childPid` beside the text. `true`: each stream that is `lines`, to the supervisor's logger, stdout at `info` and
   * stderr at `error`; nowhere if that has none. Or each stream on its own. Default false.
   */
  readonly log?: boolean | LogOptions | undefined
  /**
   * Is given each line of both streams as it comes, with a newline behind it, of every life; what stands in `secrets` is
   * redacted. One writer may serve several children: a line is never torn by another, unless it is over 64 KiB. Never
   * ended by brood. One that throws, fails or is closed is given nothing more, and `subscriber.failed` is recorded; one
   * that does not drain loses lines while 1 MiB waits in it, and is told of in the same way. Default: none.
   */
  readonly logWriter?: Writable | undefined
  /**
   * What "all of it" means. `'group'`: its own process group, and what is found by its cookie. `'pidns'`, `'cgroup'`: a PID
   * namespace or a cgroup (version 2) of its own, which nothing of it can leave. These are Linux's, and where the machine or
   * this user cannot have one the start fails with `ERR_UNSUPPORTED`, which says what is missing. What is in force is told
   * by `containment.reported`. Default `'group'`.
   */
  readonly containment?: 'group' | 'pidns' | 'cgroup' | undefined
  /**
   * What happens when the host ends. `'tethered'`: gone also when the host is killed -9; where the platform cannot do
   * that, `ERR_UNSUPPORTED`. `'attached'`: gone when the host ends by itself. `'survivor'`: lives on, however the host
   * ends, and is still stopped with its supervisor; needs a `stdio` of files and `'ignore'` alone, since a pipe ends with
   * the host. Default `'tethered'` where it can be done, else `'attached'`.
   */
  readonly lifetime?: Lifetime | undefined
  /**
   * Literal texts that appear as `[redacted]` in everything brood records or says of this child. Not empty. Found
   * within one piece of text (a line, a message) only: a secret of several lines is not recognised line by line.
   */
  readonly secrets?: readonly string[] | undefined
}

/**
 * A task to supervise: work inside this very program. Its life is that of a process without one: no pid, no identity, no
 * output; the code of its exit is 0 where it ended well and 1 where it failed.
 */
export interface TaskChildOptions extends CommonOptions {
  readonly kind: 'task'
  /**
   * The work. Called once for each life: ready when it calls `ready`, asked to stop when the promise of that resolves,
   * forced when its scope's signal aborts. A stop before it is ready aborts at once.
   */
  readonly run: Runnable
  /** How long readiness may take, in milliseconds from the start. Default 90 000; `Infinity` waits for ever. */
  readonly readyTimeoutMs?: number | undefined
  /** How the task is stopped: asked, then after `killTimeoutMs` aborted. There is no signal to choose. */
  readonly stop?: Omit<GracefulStopOptions, 'signal'> | undefined
}

/** A supervisor as a child of another: its own strategy and children, one life among its siblings. */
export interface SupervisorChildOptions extends CommonOptions {
  readonly kind: 'supervisor'
  /** Who else is restarted along with a failed child. Default `'one-for-one'`. */
  readonly strategy?: Strategy | undefined
  /** How many automatic restarts within how many milliseconds end this supervisor as failed. Default: no such limit. */
  readonly intensity?: RestartLimit | undefined
  /** Whether the end of significant children ends this supervisor. Default `'never'`. */
  readonly autoShutdown?: AutoShutdown | undefined
  /** Its children, in start order; nested up to 64 deep. Default `[]`. */
  readonly children?: readonly ChildOptions[] | undefined
}

/** When and how often a child is restarted on its own. */
export interface RestartOptions {
  /** `'permanent'`: after every exit. `'transient'`: after a failure. `'temporary'`: never. */
  readonly type: RestartType
  /**
   * The wait before a restart: `minMs` (1 000) · `factor` (2) per attempt, at most `maxMs` (60 000), of which chance
   * takes away up to the share `jitter` (0.5, from 0 to 1). Milliseconds, finite; `factor` >= 1; missing members take
   * their defaults.
   */
  readonly backoff?: Readonly<Partial<Backoff>> | undefined
  /** The automatic restarts granted in any window; one more, and the child is given up. Default 5 in 300 000 ms; both may be `Infinity`. */
  readonly limit?: RestartLimit | undefined
  /** How long, in milliseconds, the child must have been ready for the backoff to begin anew. Default 10 000; `Infinity`: never. */
  readonly resetAfterMs?: number | undefined
  /** The exit codes (0 to 255) and signals that mean success. Default `[0]`. */
  readonly success?: readonly ExitMark[] | undefined
  /** The exit codes and signals after which the child is not restarted, whatever its type. Default `[]`. */
  readonly prevent?: readonly ExitMark[] | undefined
  /** The exit codes and signals after which the child is restarted, whatever its type. Default `[]`. */
  readonly force?: readonly ExitMark[] | undefined
  /** Asked where the type would restart; false forbids it. Given 5 s; where it throws or stays silent the type decides. */
  readonly onUnexpectedExit?: OnUnexpectedExit | undefined
}

/**
 * `'spawned'`: at once. `'manual'`: when `incarnation.ready()` is called. `line`: when a complete line contains the
 * string or matches the expression, on `source` or on either stream; each stream meant must be in mode `lines`.
 * The expression is copied without its flags `g` and `y`: every line is tried afresh, from its beginning.
 */
export type ReadyOptions =
  | 'spawned'
  | 'manual'
  | { readonly line: RegExp | string; readonly source?: 'stdout' | 'stderr' | undefined }

/** The ladder of a stop: a random wait, the signals, SIGKILL, the proof. Told by one signal and a grace, or by stages. */
export type StopOptions = GracefulStopOptions | StagedStopOptions

/** What every ladder has. */
export interface CommonStopOptions {
  /**
   * The most that is waited, at random, before the first signal, in milliseconds; before the reload signal, too. Default 0.
   */
  readonly splayMs?: number | undefined
  /** How long, in milliseconds after the last SIGKILL, proof of the end is awaited. Default 2 000. */
  readonly verifyMs?: number | undefined
}

/** One stop signal, and a grace. */
export interface GracefulStopOptions extends CommonStopOptions {
  /** The stop signal, sent to the whole group; a SIGTERM is followed by a SIGCONT. Default `'SIGTERM'`. */
  readonly signal?: NodeJS.Signals | undefined
  /** The grace before SIGKILL, in milliseconds. Default 5 000; 0: SIGKILL right after the signal; `Infinity`: never. */
  readonly killTimeoutMs?: number | undefined
  readonly stages?: undefined
}

/** A ladder of your own, in place of signal and grace. */
export interface StagedStopOptions extends CommonStopOptions {
  /**
   * The signals and their times, at least one, in ascending order; at the same time in the order of the list. `atMs`:
   * whole milliseconds from the end of the splay. `to`: the process alone, its group, or its tree, which is the process
   * and its descendants by parentage, while it runs. Whatever its time, a stage of which nothing is left to signal is
   * skipped. Unless the last is a SIGKILL to the group, one follows 5 000 ms after it.
   */
  readonly stages: readonly StopStage[]
  readonly signal?: undefined
  readonly killTimeoutMs?: undefined
}

/**
 * `'lines'`: split into lines, published and kept as a tail. `'raw'`: a stream for the owner. `'ignore'`: /dev/null.
 * `'inherit'`: the host's own.
 */
export type StdioMode = 'lines' | 'raw' | 'ignore' | 'inherit'

/**
 * Where the lines of each stream are logged; a stream that is not named is not. `true`: to the supervisor's logger, stdout
 * at `info`, stderr at `error`. A text: at that level of it, which may be one of your own. A logger: to that one, stdout
 * by its `info`, stderr by its `error`. Needs the stream to be in mode `lines`.
 */
export interface LogOptions {
  readonly stdout?: boolean | string | Pick<SupervisorLogger, 'info'> | undefined
  readonly stderr?: boolean | string | Pick<SupervisorLogger, 'error'> | undefined
}

/** A file in place of a stream: outputs are appended to it, stdin reads it. */
export interface StdioFile {
  readonly file: string
}

/**
 * One mode for all (`'lines'` leaves stdin ignored; `'raw'` means stdin and stdout, stderr stays `lines`), or each on
 * its own: stdin `'ignore'` and the outputs `'lines'` by default. Stdin is never `'lines'`.
 */
export type StdioOptions =
  | StdioMode
  | {
      readonly stdin?: Exclude<StdioMode, 'lines'> | StdioFile | undefined
      readonly stdout?: StdioMode | StdioFile | undefined
      readonly stderr?: StdioMode | StdioFile | undefined
    }
