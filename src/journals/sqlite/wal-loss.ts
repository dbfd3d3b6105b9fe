import { readFileSync } from 'node:fs'

const HEADER = 32
const FRAME_HEADER = 24

/** The running checksum of a write-ahead log. @see https://sqlite.org/fileformat2.html, 4.2 */
interface Sums {
  readonly s0: number
  readonly s1: number
}

/**
 * How many bytes of commits a write-ahead log holds that SQLite will not take, because something before them is damaged:
 * it ends a log silently at the first frame whose checksum is wrong, and whatever was committed behind it is gone.
 *
 * To be asked before the first connection of a process that may write; 0 where there is no such file. Frames of an
 * earlier generation, which a restarted log leaves behind its end, carry other salts, and a last frame that is not
 * complete was never committed.
 */
export function lostWalBytes(path: string): number {
  const wal = readIfThere(path)
  if (wal === undefined || wal.length <= HEADER) return 0
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length)
  const littleEndian = (view.getUint32(0) & 1) === 0
  let sums = add(view, 0, 24, { s0: 0, s1: 0 }, littleEndian)
  if (sums.s0 !== view.getUint32(24) || sums.s1 !== view.getUint32(28)) return wal.length - HEADER
  const pageSize = view.getUint32(8)
  const frame = FRAME_HEADER + pageSize
  const isOurs = (at: number): boolean =>
    view.getUint32(at + 8) === view.getUint32(16) || view.getUint32(at + 12) === view.getUint32(20)

  let at = HEADER
  for (; at + frame <= wal.length; at += frame) {
    const next = add(view, at + FRAME_HEADER, pageSize, add(view, at, 8, sums, littleEndian), littleEndian)
    const salted = view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20)
    if (!salted || next.s0 !== view.getUint32(at + 16) || next.s1 !== view.getUint32(at + 20)) break
    sums = next
  }
  let end = at
  for (let behind = at; behind + frame <= wal.length; behind += frame) if (isOurs(behind)) end = behind + frame
  return end - at
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function add(view: DataView, from: number, length: number, { s0, s1 }: Sums, littleEndian: boolean): Sums {
  for (let at = from; at < from + length; at += 8) {
    s0 = (s0 + view.getUint32(at, littleEndian) + s1) >>> 0
    s1 = (s1 + view.getUint32(at + 4, littleEndian) + s0) >>> 0
  }
  return { s0, s1 }
}
