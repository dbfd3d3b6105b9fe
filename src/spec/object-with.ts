import * as z from 'zod'

/** An object of a user's own making, known by its methods, own or inherited; used as it is. */
export function objectWith<Shape extends object>(name: string, ...methods: readonly (keyof Shape & string)[]) {
  const last = methods.at(-1) ?? ''
  const others = methods.slice(0, -1).map((method) => `\`${method}\``)
  const all = others.length === 0 ? `the method \`${last}\`` : `the methods ${others.join(', ')} and \`${last}\``
  return z.custom<Shape>((value) => methods.every((method) => hasMethod(value, method)), `${name} with ${all}`)
}

/** Whether a method can be called on it. Never throws: what cannot even be looked at cannot be used. */
export function hasMethod(value: unknown, method: string): boolean {
  try {
    return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function'
  } catch {
    return false
  }
}
