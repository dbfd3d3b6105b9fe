import { randomBytes } from 'node:crypto'
import type { Random } from '../ports.ts'

/** Chance as the machine has it. `next` is for delays, not for secrets; `id` comes from the system's generator. */
export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => randomBytes(8).toString('hex'),
}
