import type { OutputMode, StdinMode } from '../ports.ts'
import type { StdioData } from './child-schema.ts'

export interface StdioStreams {
  readonly stdin: StdinMode
  readonly stdout: OutputMode
  readonly stderr: OutputMode
}

/** Each stream's own mode, whichever way they were described. */
export function stdioStreams(stdio: StdioData | undefined): StdioStreams {
  switch (stdio) {
    case undefined:
    case 'lines':
      return { stdin: 'ignore', stdout: 'lines', stderr: 'lines' }
    case 'raw':
      // A protocol on stdin and stdout is what asks for raw; what goes to stderr beside it is for people.
      return { stdin: 'raw', stdout: 'raw', stderr: 'lines' }
    case 'ignore':
    case 'inherit':
      return { stdin: stdio, stdout: stdio, stderr: stdio }
    default:
      return {
        stdin: frozen(stdio.stdin ?? 'ignore'),
        stdout: frozen(stdio.stdout ?? 'lines'),
        stderr: frozen(stdio.stderr ?? 'lines'),
      }
  }
}

function frozen<Mode extends OutputMode>(mode: Mode): Mode {
  return Object.freeze(mode)
}
