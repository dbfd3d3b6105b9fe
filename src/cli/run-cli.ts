import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { isBroodError } from '../errors.ts'
import { exitCodes } from './exit-codes.ts'
import { Misuse } from './misuse.ts'
import type { OpenJournal } from './open-journal.ts'
import { showExplanation } from './show-explanation.ts'
import { showLog } from './show-log.ts'
import { showState, type StateOptions } from './show-state.ts'
import { showText } from './show-text.ts'
import { showViolations } from './show-violations.ts'
import type { Terminal } from './terminal.ts'

export interface Surroundings {
  readonly terminal: Terminal
  readonly open: OpenJournal
  readonly version: string
  /** Aborts where the user wants no more. */
  readonly signal: AbortSignal
}

/** Does what the arguments say, and gives the exit code. Never rejects for anything a user can do. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { terminal, open, version, signal } = surroundings
  let status: number = exitCodes.fine
  const program = new Command('brood')
    .description('Reads the journal of a supervisor: the file of a sqliteJournal, beside its writer or after it.')
    .version(version)
    // Before the commands, which inherit it: this function ends, the process does not.
    .exitOverride()
    .configureOutput({ writeOut: (text) => void terminal.out(text), writeErr: (text) => terminal.err(text) })
    .showHelpAfterError('(brood --help tells more)')

  program
    .command('log <file>')
    .description('show the events, one to a line')
    .option('-f, --follow', 'go on with what is recorded from now on, until ^C')
    .option('-c, --child <id>', 'only of this child (id or stream), and what is below it')
    .option('--json', 'one JSON object per line')
    .action(async (file: string, options: { follow?: boolean; child?: string; json?: boolean }) => {
      status = await showLog(open, terminal, file, { ...options, signal })
    })
  program
    .command('explain <file> <id>')
    .description('say why a child (id or stream; / is the root) is where it is, and what led there')
    .option('--json', 'state, summary and chain as JSON')
    .action(async (file: string, id: string, options: { json?: boolean }) => {
      status = await showExplanation(open, terminal, file, id, options)
    })
  program
    .command('state <file>')
    .description('show the tree as the journal leaves it, or as it was after an event')
    .option('--at <seq>', 'the last event to take in', parseSeq)
    .option('--json', 'the views as JSON')
    .action(async (file: string, options: StateOptions) => {
      status = await showState(open, terminal, file, options)
    })
  program
    .command('check <file>')
    .description('judge the journal by everything brood promises of one; status 1 if something is broken')
    .option('--json', 'the violations as JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      status = await showViolations(open, terminal, file, options)
    })

  try {
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    return statusOf(error, terminal)
  }
}

function parseSeq(text: string): number {
  const seq = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seq)) throw new InvalidArgumentError('Expected an integer >= 0.')
  return seq
}

function statusOf(error: unknown, terminal: Terminal): number {
  // Told by commander already; asking for help is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.misused
  const message = error instanceof Error ? error.message : String(error)
  terminal.err(`brood: ${showText(message)}\n`)
  if (error instanceof Misuse) return exitCodes.misused
  // Damage, and a disk that cannot be read, say something of the journal; all else of what was asked for.
  return isBroodError(error) && error.code !== 'ERR_JOURNAL_CORRUPT' ? exitCodes.misused : exitCodes.broken
}
