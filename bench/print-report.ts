import type { Figure, Report, Target } from './report.ts'

/** Prints a report as a table: what was to be reached, what was, and whether; raw numbers have no target. */
export function printReport(name: string, { figures }: Report): void {
  const rows = figures.map((figure) => [figure.name, targetOf(figure.target), valueOf(figure), verdictOf(figure)])
  const header = [name, 'target', 'median (min .. max, rounds)', '']
  const widths = header.map((title, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)))
  console.log()
  for (const row of [header, widths.map((width) => '-'.repeat(width)), ...rows]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** Whether the median is where it has to be; undefined where nothing was asked for. */
export function isReached({ spread, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  return 'atMost' in target ? spread.median <= target.atMost : spread.median >= target.atLeast
}

function verdictOf(figure: Figure): string {
  const reached = isReached(figure)
  return reached === undefined ? '' : reached ? 'pass' : 'MISS'
}

function targetOf(target: Target | undefined): string {
  if (target === undefined) return ''
  return 'atMost' in target ? `<= ${show(target.atMost)}` : `>= ${show(target.atLeast)}`
}

function valueOf({ spread: { median, min, max, count }, unit }: Figure): string {
  const range = count === 1 ? '' : ` (${show(min)} .. ${show(max)}, ${count})`
  return `${show(median)}${unit === '' ? '' : ` ${unit}`}${range}`
}

function show(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits }).replaceAll(',', ' ')
}
