/** Says hello. Change the words while the stack runs, and the compiler writes them anew. */
export function greeting(name: string): string {
  return `Hello, ${name}!`
}
