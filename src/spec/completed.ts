/** The defaults with what was given in their place. Unlike a spread, an `undefined` that was spelled out is not given. */
export function completed<Whole extends object>(
  defaults: Whole,
  given: { readonly [Key in keyof Whole]?: Whole[Key] | undefined },
): Whole {
  const said = Object.entries<unknown>(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(said) }
}
