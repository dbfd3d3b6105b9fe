import { readlinkSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { Kernel } from '../kernel.ts'
import { readMainThreadChildren } from './main-thread-children.ts'

/** What this process lacks to see its orphans, in words; undefined where it lacks nothing. */
export function whyNoOrphans(kernel: Pick<Kernel, 'bootId'>): string | undefined {
  if (process.platform !== 'linux')
    return `Only Linux can make a process adopt orphans, and this is ${process.platform}.`
  if (!isMainThread) return 'Orphans fall to the main thread, and this is a worker thread: enable them there.'
  const self = linkOf('/proc/self')
  if (self === undefined || kernel.bootId === null) return `\`/proc\` cannot be read${permissionHint()}.`
  // Of every pid in it nobody could say which process here it means.
  if (self !== String(process.pid)) return '`/proc` belongs to another PID namespace: mount one of this namespace.'
  if (readMainThreadChildren() === null) {
    return `\`/proc/self/task/${process.pid}/children\` cannot be read: the kernel was built without CONFIG_PROC_CHILDREN.`
  }
  return undefined
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** `process.permission` is there only where the permission model is switched on, whatever its type says. */
function permissionHint(): string {
  const { permission } = process as { readonly permission?: { has(scope: string, path: string): boolean } }
  return permission === undefined || permission.has('fs.read', '/proc/self')
    ? ''
    : ': the permission model forbids it, run Node with `--allow-fs-read=/proc` and `--allow-addons`'
}
