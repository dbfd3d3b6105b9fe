import { PassThrough, Writable } from 'node:stream'
import type { SpawnRequest } from '../ports.ts'
import type { RawStreams, SimulatedLife } from './simulated-process.ts'

/** Longer lines come in pieces of this many characters. */
const pieceLength = 65_536

/** The caller's ends of what a request wants `raw`; undefined when that is nothing. What stdin is given is discarded. */
export function createRawStreams(request: SpawnRequest): RawStreams | undefined {
  const { stdin, stdout, stderr } = request
  if (stdin !== 'raw' && stdout !== 'raw' && stderr !== 'raw') return undefined
  return {
    ...(stdin === 'raw' && { stdin: new Writable({ write: (_chunk, _encoding, done) => done() }) }),
    ...(stdout === 'raw' && { stdout: new PassThrough() }),
    ...(stderr === 'raw' && { stderr: new PassThrough() }),
  }
}

/** Whether a write would end in SIGPIPE: the host that read the stream is dead, and nobody else has the other end. */
export function hasBrokenPipe(life: SimulatedLife, source: 'stdout' | 'stderr'): boolean {
  return !life.parent.beats && (life[source] === 'lines' || life[source] === 'raw')
}

/** One print of a simulated process: as lines, as bytes, or to nowhere, whatever the stream's mode is. */
export function print(life: SimulatedLife, source: 'stdout' | 'stderr', text: string): void {
  const mode = life[source]
  const stream = life.streams?.[source]
  // A process that does not hold the pipe may outlive it: what it prints then goes nowhere.
  if (stream?.writable === true) stream.write(`${text}\n`)
  if (mode !== 'lines') return
  for (const line of text.split('\n')) printLine(life, source, line)
}

function printLine(life: SimulatedLife, source: 'stdout' | 'stderr', line: string): void {
  for (let from = 0; from === 0 || from < line.length; from += pieceLength) {
    // Asked again for each piece: an observer may have ended everything meanwhile.
    if (life.output === 'drained') return
    const truncated = from + pieceLength < line.length
    life.observe({ kind: 'line', source, text: line.slice(from, from + pieceLength), truncated })
  }
}

/** Nobody holds the other ends any more. */
export function closeRawStreams({ streams }: SimulatedLife): void {
  streams?.stdin?.destroy()
  streams?.stdout?.end()
  streams?.stderr?.end()
}
