#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { readJournal } from '../journals/read-journal.ts'
import { exitCodes } from './exit-codes.ts'
import { runCli } from './run-cli.ts'

const { stdout, stderr } = process
const stop = new AbortController()

// The reader of our output has had enough (`brood log x | head`): no error of ours, and nothing more to do.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.fine : exitCodes.broken)
  })
}
// A second ^C ends it in the middle of a line.
process.once('SIGINT', () => {
  stop.abort()
  process.once('SIGINT', () => process.exit(exitCodes.interrupted))
})

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: {
    // Node knows best what NO_COLOR, FORCE_COLOR and a pipe mean.
    isColoured: styleText('red', '.', { stream: stdout }) !== '.',
    out: (text) =>
      new Promise((resolve) => {
        if (stdout.write(text)) resolve()
        else stdout.once('drain', resolve)
      }),
    err: (text) => void stderr.write(text),
  },
  open: readJournal,
  version,
  signal: stop.signal,
})
