import { readFileSync, writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { createSupervisor } from './built.ts'
import { figure, type Report } from './report.ts'

const BYTES = 1_000_000_000

/**
 * A gigabyte of output without a newline, and what it costs at its worst: with a subscriber who counts, and beside it a
 * writer that never drains. The peak is the kernel's own (VmHWM), so nothing is missed between two looks.
 */
export async function flood(): Promise<Report> {
  // What a first child brings with it is not the flood's.
  await run(1_000_000, [])
  const heard = await run(BYTES, [])
  const stuck = new Writable({ write: () => {} })
  const unheard = await run(BYTES, [stuck])
  return {
    figures: [
      figure('peak RSS above idle, 1 GB without a newline', 'MiB', [heard.peakMib], { atMost: 150 }),
      figure('the same, with a logWriter that never drains', 'MiB', [unheard.peakMib], { atMost: 150 }),
      figure('bytes that lines$ had of it', 'GB', [heard.bytes / 1e9, unheard.bytes / 1e9], { atLeast: 1 }),
      figure('seconds for it', 's', [heard.seconds, unheard.seconds]),
    ],
  }
}

interface Flood {
  readonly peakMib: number
  readonly bytes: number
  readonly seconds: number
}

async function run(count: number, writers: readonly Writable[]): Promise<Flood> {
  const [logWriter] = writers
  const supervisor = createSupervisor({
    children: [{ id: 'flood', command: 'head', args: ['-c', String(count), '/dev/zero'], oneShot: true, logWriter }],
  })
  let bytes = 0
  supervisor.lines$.subscribe(({ text }) => {
    bytes += text.length
  })
  globalThis.gc?.()
  // proc(5), clear_refs: 5 sets the peak to what is in use now.
  writeFileSync('/proc/self/clear_refs', '5')
  const idle = kib('VmRSS')
  const began = performance.now()
  await supervisor.start()
  const seconds = (performance.now() - began) / 1000
  const peakMib = (Math.max(kib('VmHWM'), idle) - idle) / 1024
  await supervisor.stop()
  return { peakMib, bytes, seconds }
}

function kib(name: string): number {
  const [, value] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  if (value === undefined) throw new Error(`No ${name} in /proc/self/status: this bench is for Linux`)
  return Number(value)
}
