/** Where in the user's input a check stands, and what must not be said of it. */
export interface Place {
  /** As in a message: `children[2].stop`, or empty for the input itself. */
  readonly path: string
  /** What the input is called where the path is empty. */
  readonly name: string
  /** Takes the secrets out of what a message quotes. */
  readonly hide: (text: string) => string
}

/** The path of what lies at `keys` below `path`, written as one would in a program. */
export function pathTo(path: string, keys: readonly PropertyKey[]): string {
  let whole = path
  for (const key of keys) {
    if (typeof key === 'number') whole += `[${key}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key))) whole += whole === '' ? String(key) : `.${String(key)}`
    else whole += `[${JSON.stringify(key)}]`
  }
  return whole
}
