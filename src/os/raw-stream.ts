import type { Readable } from 'node:stream'

function hold(): void {}

/**
 * Keeps `stream` untouched until its owner reads it. execa, one turn after a spawn, resumes every stream that nobody
 * has begun to read (io/contents.js, `resumeStream`), and what it reads is lost. A `'readable'` listener takes the
 * stream out of that; its removal, by the returned function and after execa has looked, gives it back as new: no private
 * state is touched.
 *
 * When the process exits Node itself resumes what still has no reader (child_process, `flushStdio`).
 */
export function keepUnread(stream: Readable): () => void {
  stream.on('readable', hold)
  // A stream may break before anybody listens, and that must not end the host.
  stream.on('error', hold)
  return () => stream.off('readable', hold)
}
