import { execFile } from 'node:child_process'
import { BroodError } from '../../errors.ts'

interface Lister {
  readonly command: string
  readonly args: readonly string[]
  /** The exit codes of a command that does what tree-kill wants of it. */
  readonly codes: readonly number[]
}

/** What tree-kill runs on this platform, tried out harmlessly (tree-kill 1.2.2, index.js). */
function listerOf(platform: NodeJS.Platform): Lister {
  const self = String(process.pid)
  switch (platform) {
    case 'win32':
      return { command: 'taskkill', args: ['/?'], codes: [0] }
    case 'darwin':
      // 1 is nothing found, and pgrep does not find itself.
      return { command: 'pgrep', args: ['-P', self], codes: [0, 1] }
    default:
      // It lists itself; a ps that knows no `--ppid` (busybox, the BSDs) would make every tree look like its root alone.
      return { command: 'ps', args: ['-o', 'pid', '--no-headers', '--ppid', self], codes: [0] }
  }
}

/**
 * Rejects where tree-kill could not list a tree: it does not listen for the `error` of its own `spawn`, which then is
 * an uncaught exception of the host.
 *
 * @throws {BroodError} ERR_UNSUPPORTED
 */
export function assertTreeLister(timeoutMs: number): Promise<void> {
  const { command, args, codes } = listerOf(process.platform)
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: timeoutMs, windowsHide: true }, (error) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number' && codes.includes(code)) return resolve()
      const message = `tree-kill needs \`${command} ${args.join(' ')}\`, which does not work here (${code ?? error?.message}).`
      reject(new BroodError('ERR_UNSUPPORTED', message, { cause: error }))
    })
  })
}
