import { stripVTControlCharacters, styleText } from 'node:util'
import type { OutputLine } from '../../src/index.ts'
import { children } from './children.ts'

const colours = ['cyan', 'magenta', 'yellow', 'blue'] as const
const width = Math.max(...children.map(({ id }) => id.length))

/** Makes a child's name recognisable: its colour, and room for the longest. */
export function tag(child: string): string {
  const colour = colours[children.findIndex(({ id }) => id === child) % colours.length] ?? 'white'
  return styleText(colour, child.padEnd(width))
}

/** A line of a child's output, tagged; undefined where there is nothing worth a line. */
export function outputLine({ child, source, text }: OutputLine): string | undefined {
  // A child may clear its own screen, not ours: colours and cursor movements go, and so does any other control character.
  const plain = stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trimEnd()
  if (plain === '' || isMistaken(plain)) return undefined
  return `${tag(child)} ${source === 'stderr' ? styleText('red', '!') : styleText('dim', '│')} ${plain}`
}

/** sirv-cli reports the port 0 as taken, and an address in the network at which it does not listen. */
function isMistaken(text: string): boolean {
  return text.includes('Port 0 is taken') || text.includes('- Network:')
}
