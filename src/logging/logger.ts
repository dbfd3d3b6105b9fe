/** The levels brood writes at. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * What brood needs of a logger: a pino logger, also one with levels of its own, or anything of that shape. The fields
 * come first, the message second. What it throws is swallowed: a broken logger costs its lines and nothing else.
 */
export type Logger = { readonly [Level in LogLevel]: (fields: object, message: string) => void }
