import { BroodError } from '../errors.ts'
import type { Kernel } from '../os/kernel.ts'

/** A kernel that tells which process is which. */
export type IdentityKernel = Kernel & { readonly bootId: string }

/** Refuses a machine on which a pid is all there is to know a process by. @throws {BroodError} ERR_UNSUPPORTED */
export function assertIdentities(kernel: Kernel): asserts kernel is IdentityKernel {
  if (kernel.bootId !== null) return
  throw new BroodError('ERR_UNSUPPORTED', 'Processes can only be told apart on Linux with a readable /proc.')
}
