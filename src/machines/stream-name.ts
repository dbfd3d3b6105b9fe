/** The stream of the `nth` registration of an id below `parent`. Ids are URI-encoded, so `/` and `@` cannot collide. */
export function streamName(parent: string, id: string, nth: number): string {
  return nth === 1 ? baseStream(parent, id) : `${baseStream(parent, id)}@${nth}`
}

/** What all registrations of an id have in common. */
export function baseStream(parent: string, id: string): string {
  return `${parent === '/' ? '' : parent}/${encodeURIComponent(id)}`
}

/** The stream of the supervisor that owns the child of this one. */
export function parentOf(stream: string): string {
  return stream.slice(0, stream.lastIndexOf('/')) || '/'
}
