import { accessSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withSpareDescriptor } from '../spare-descriptor.ts'

/** A cgroup of our own, with what is done to one as files. `pids` and `kill` include the cgroups below it. */
export interface CgroupDirectory {
  readonly path: string
  /** Puts a process into it. @throws what the system has against it */
  place(pid: number): void
  pids(): readonly number[]
  /** Whether the kernel says that nobody is alive in it, nor below it; also where it is no more. */
  isEmpty(): boolean
  kill(): void
  /** Removes it and what is below it, as far as that is empty. False: it is still there. */
  remove(): boolean
}

/**
 * Makes a cgroup.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @throws what the system has against it
 */
export function makeCgroup(path: string): CgroupDirectory {
  mkdirSync(path, { mode: 0o755 })
  return cgroupAt(path)
}

/** The cgroup that is there already. */
export function cgroupAt(path: string): CgroupDirectory {
  return {
    path,
    place: (pid) => writeFileSync(join(path, 'cgroup.procs'), `${pid}`),
    pids: () => pidsIn(path),
    isEmpty: () => isUnpopulated(path),
    kill() {
      if (!killAtOnce(path)) killOneByOne(path)
    },
    remove: () => removeTree(path),
  }
}

/** What cannot be looked at must not pass for empty, but what is no more is. */
function isUnpopulated(path: string): boolean {
  try {
    return /^populated 0$/m.test(withSpareDescriptor(() => readFileSync(join(path, 'cgroup.events'), 'latin1')))
  } catch (error) {
    return isMissing(error)
  }
}

/** ENODEV: removed between the open and the read. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV')
}

/** One write, which no fork outruns. Since Linux 5.14. */
function killAtOnce(path: string): boolean {
  const file = join(path, 'cgroup.kill')
  try {
    // A write would make the file where the file system allows it.
    accessSync(file)
    writeFileSync(file, '1')
    return true
  } catch {
    return false
  }
}

/** What forks faster is found by the next one: whoever waits for the end asks again and again. */
function killOneByOne(path: string): void {
  for (const pid of pidsIn(path)) {
    try {
      // In this cgroup a moment ago, and nobody leaves it but by dying.
      if (pid > 1) process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
}

function pidsIn(path: string): readonly number[] {
  const own = textOf(join(path, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)
  return [...own, ...below(path).flatMap(pidsIn)]
}

function removeTree(path: string): boolean {
  for (const child of below(path)) removeTree(child)
  try {
    rmdirSync(path)
    return true
  } catch (error) {
    return isMissing(error)
  }
}

function below(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((each) =>
      each.isDirectory() ? [join(path, each.name)] : [],
    )
  } catch {
    return []
  }
}

function textOf(file: string): string {
  try {
    return withSpareDescriptor(() => readFileSync(file, 'latin1'))
  } catch {
    return ''
  }
}
