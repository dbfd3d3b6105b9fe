const built = new WeakSet<object>()

/** Remembers a complete spec, so that it can be told from what only looks like one. */
export function markBuilt<S extends object>(spec: S): S {
  built.add(spec)
  return spec
}

/** Whether this very object is a spec that was built here: then it can stand wherever options can. */
export const isBuiltSpec = (value: object): boolean => built.has(value)
