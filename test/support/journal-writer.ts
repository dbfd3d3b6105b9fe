import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../fixtures/journals/writer.ts', import.meta.url))

export interface JournalWriter {
  readonly pid: number
  /** What it has said so far: the number of each commit it was told of. */
  readonly commits: readonly number[]
  /** Resolves when it has said this, or rejects when it has ended without. */
  said(line: string): Promise<void>
  kill(): Promise<void>
  readonly ended: Promise<void>
}

/** A process that writes `history` into a journal up to event `to`, and waits to be killed. */
export function journalWriter(path: string, to: number, turn: number, end = 'wait'): JournalWriter {
  const writer = spawn(process.execPath, [program, path, String(to), String(turn), end], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const commits: number[] = []
  const lines = new Set<string>()
  const waiting = new Map<string, () => void>()
  createInterface({ input: writer.stdout }).on('line', (line) => {
    lines.add(line)
    if (/^\d+$/.test(line)) commits.push(Number(line))
    waiting.get(line)?.()
  })
  // All it has written can be read after its end: `close` comes when it was.
  const ended = new Promise<void>((resolve) => writer.once('close', () => resolve()))
  return {
    pid: writer.pid ?? 0,
    commits,
    ended,
    said: (line) =>
      new Promise((resolve, reject) => {
        if (lines.has(line)) resolve()
        waiting.set(line, resolve)
        void ended.then(() => reject(new Error(`The writer has ended and never said ${line}`)))
      }),
    async kill() {
      writer.kill('SIGKILL')
      await ended
    },
  }
}
