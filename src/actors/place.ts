/**
 * Where a child lives: in which tree, and as which stream of it. There is one for each child, and when it moves this is
 * what changes: whatever follows a child rather than a registration (its handle, its processes, a question to its owner)
 * holds its place. `Home` is what it needs of a tree.
 */
export interface Place<Home> {
  home: Home
  stream: string
}
