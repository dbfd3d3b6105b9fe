import { readFileSync } from 'node:fs'

/** The first fields of the stat file of a process, or of a thread. */
export interface StatFields {
  readonly state: string
  /** 0 where there is none in sight. */
  readonly parent: number
}

/** Reads `/proc/<pid>/stat` or `/proc/<pid>/task/<tid>/stat`; null where there is none. */
export function readStatFields(path: string): StatFields | null {
  try {
    const line = readFileSync(path, 'latin1')
    // proc(5): the name in parentheses may hold parentheses, so the fields follow the last one.
    const [state = '', parent] = line.slice(line.lastIndexOf(')') + 2).split(' ', 2)
    return { state, parent: Number(parent) }
  } catch {
    return null
  }
}
