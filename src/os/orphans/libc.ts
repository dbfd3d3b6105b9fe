import { createRequire } from 'node:module'

/** The two calls that Node has no name for. */
export interface Libc {
  /** Makes this process the parent of its descendants' orphans, for good; false where the kernel refuses. */
  adoptOrphans(): boolean
  /**
   * Reaps one child if it has ended, and never waits: `running` where it has not, `absent` where there is no such child
   * (any more). Anything but the number of one process is `absent`, too.
   */
  reap(pid: number): 'running' | 'absent' | { readonly raw: number }
}

export type LoadedLibc =
  | { readonly loaded: true; readonly libc: Libc }
  | { readonly loaded: false; readonly reason: string }

/** What is used of koffi, so that no declaration of ours needs a package that may not be there. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: readonly unknown[]) => number }
}

/** @see prctl(2), PR_SET_CHILD_SUBREAPER: not inherited by a fork, and never cleared by itself. */
const setChildSubreaper = 36
const noHang = 1

/**
 * Loads the optional peer koffi and binds the C library that Node itself is linked with. Takes some 10 ms and 7 MB, so
 * it happens only when orphans are asked for. Never throws.
 */
export function loadLibc(require: (name: string) => unknown = createRequire(import.meta.url)): LoadedLibc {
  try {
    const program = (require('koffi') as Koffi).load(null)
    const prctl = program.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)')
    const waitpid = program.func('int waitpid(int pid, int *status, int options)')
    const status = new Int32Array(1)
    return {
      loaded: true,
      libc: {
        adoptOrphans: () => prctl(setChildSubreaper, 1, 0, 0, 0) === 0,
        reap(pid) {
          // To waitpid, -1 is any child and 0 or -n a group: each would take children of libuv, whose 'exit' then never
          // comes. So it is always asked for one process.
          if (!Number.isSafeInteger(pid) || pid < 1) return 'absent'
          const answer = waitpid(pid, status, noHang)
          if (answer === pid) return { raw: status[0] ?? 0 }
          return answer === 0 ? 'running' : 'absent'
        },
      },
    }
  } catch (error) {
    return { loaded: false, reason: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'MODULE_NOT_FOUND':
    case 'ERR_MODULE_NOT_FOUND':
      return 'The optional package koffi is not installed, and Node has no waitpid of its own: `npm install koffi@^3.3.4`.'
    case 'ERR_DLOPEN_DISABLED':
      return 'Native addons are switched off, and koffi is one: run Node with `--allow-addons`.'
    case 'ERR_ACCESS_DENIED':
      return `The permission model does not let koffi be read: ${String(error)}`
    default:
      return `The package koffi cannot be loaded: ${String(error)}`
  }
}
