/** What brood needs of a logger; every pino logger with the standard levels is one. */
export interface SupervisorLogger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
  child(bindings: Record<string, unknown>): SupervisorLogger
}
