import type { WriteStream } from 'node:tty'

/** Where everything is shown: text that scrolls away, and below it a few rows that stay. */
export interface Screen {
  print(text: string): void
  /** Replaces the rows at the bottom. Without a terminal there is no bottom, and nothing is shown. */
  draw(rows: (columns: number) => readonly string[]): void
}

export function openScreen(out: WriteStream): Screen {
  if (!out.isTTY) return { print: (text) => void out.write(`${text}\n`), draw: () => {} }

  let shown: readonly string[] = []
  const show = (above: string, rows: readonly string[]): void => {
    // Up to the first row, and clear all below: in one write, or it flickers. The `^C` a terminal echoes goes with it.
    const erase = shown.length === 0 ? '' : `\r\u001B[${shown.length}A\u001B[J`
    out.write(`${erase}${above}${rows.map((row) => `${row}\n`).join('')}`)
    shown = rows
  }
  return {
    print: (text) => show(`${text}\n`, shown),
    // One column less: a terminal may wrap a line that fills it.
    draw: (rows) => show('', rows(out.columns - 1)),
  }
}
