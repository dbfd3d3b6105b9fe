import { styleText } from 'node:util'
import type { LogLevel } from '../logging/logger.ts'

export type Format = Parameters<typeof styleText>[0]
export type Paint = (format: Format, text: string) => string

/** Colours, or the text as it is. Whether a terminal wants them was found out before. */
export function painter(isColoured: boolean): Paint {
  return isColoured ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
}

export const levelFormats: Readonly<Record<LogLevel, Format>> = {
  debug: 'dim',
  info: 'reset',
  warn: 'yellow',
  error: 'red',
}

const hues: readonly Format[] = ['cyan', 'magenta', 'blue', 'green', 'cyanBright', 'magentaBright', 'blueBright']

/** A colour that is always the same for a stream, so that the eye can follow it. */
export function hueOf(stream: string): Format {
  let sum = 0
  for (let i = 0; i < stream.length; i += 1) sum = (31 * sum + stream.charCodeAt(i)) % 65_521
  return hues[sum % hues.length] ?? 'cyan'
}
