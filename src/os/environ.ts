import { close, open, read, readFileSync } from 'node:fs'
import { cookieName } from './cookie.ts'
import { isOutOfDescriptors, withSpareDescriptor } from './spare-descriptor.ts'

/**
 * What a look into the environment of a process found: its cookie; `none`; `forbidden`, another user's process;
 * `vanished`, the process has ended meanwhile.
 */
export type CookieLook =
  | { readonly kind: 'cookie'; readonly text: string }
  | { readonly kind: 'none' | 'empty' | 'forbidden' | 'vanished' }

const marker = `${cookieName}=`

/** The value of the cookie in the `NUL`-separated text of an environment, or null. */
export function cookieIn(environ: string): string | null {
  let start = environ.startsWith(marker) ? 0 : environ.indexOf(`\0${marker}`)
  if (start === -1) return null
  start = environ.indexOf('=', start) + 1
  const end = environ.indexOf('\0', start)
  return end === -1 ? environ.slice(start) : environ.slice(start, end)
}

const chunkBytes = 32 * 1024

/**
 * Reads the cookie of process `pid`. In the thread pool, because the kernel takes the memory lock of the process for it:
 * a process stuck in a page fault of a dead file system would hang a synchronous reader, and with it the host.
 *
 * @see proc(5), `/proc/pid/environ`: the *initial* environment, so nothing a process does later can take the cookie away
 * but an exec with another one.
 */
export function readCookie(pid: number, done: (look: CookieLook) => void): void {
  open(`/proc/${pid}/environ`, 'r', (openError, fd) => {
    if (openError !== null)
      return done(isOutOfDescriptors(openError) ? readWithSpare(pid) : { kind: kindOf(openError) })
    const finish = (look: CookieLook): void => close(fd, () => done(look))
    const buffer = Buffer.allocUnsafe(chunkBytes)
    let text = ''
    const next = (): void =>
      read(fd, buffer, 0, chunkBytes, text.length, (readError, bytes) => {
        if (readError !== null) return finish({ kind: kindOf(readError) })
        text += buffer.toString('latin1', 0, bytes)
        if (bytes > 0) return next()
        finish(lookAt(text))
      })
    next()
  })
}

/** On this thread after all: waiting for a descriptor could take for ever, and there is one kept back. */
function readWithSpare(pid: number): CookieLook {
  try {
    return lookAt(withSpareDescriptor(() => readFileSync(`/proc/${pid}/environ`, 'latin1')))
  } catch (error) {
    // Without any descriptor nobody knows what is there.
    return { kind: isOutOfDescriptors(error) ? 'vanished' : kindOf(error as NodeJS.ErrnoException) }
  }
}

function lookAt(environ: string): CookieLook {
  const cookie = cookieIn(environ)
  if (cookie !== null) return { kind: 'cookie', text: cookie }
  return { kind: environ === '' ? 'empty' : 'none' }
}

function kindOf(error: NodeJS.ErrnoException): 'forbidden' | 'vanished' {
  return error.code === 'ENOENT' || error.code === 'ESRCH' ? 'vanished' : 'forbidden'
}
