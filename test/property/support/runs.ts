/** How many experiments a property makes: `usual` times what `BROOD_RUNS` says, 1 by default. */
export function runs(usual: number): number {
  const factor = Number(process.env['BROOD_RUNS'] ?? 1)
  if (!(factor > 0)) throw new RangeError(`Expected BROOD_RUNS to be a number > 0, got ${process.env['BROOD_RUNS']}`)
  return Math.ceil(usual * factor)
}
