import * as fc from 'fast-check'

/** Mostly the usual: `weight` times as often as anything else. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>, usually: T, weight = 8): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usually) }, { weight: 1, arbitrary })

/** Without members that are undefined: an option that is absent is not one that is undefined. */
export const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
