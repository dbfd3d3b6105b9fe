import type { ProcessIdentity } from '../events/identity.ts'
import { descendantsOf, scanKin } from '../os/process-kin.ts'
import { findProcess } from './find-process.ts'
import type { ProcessParts } from './parts.ts'

/** A process and its descendants; what it promises is said in `Processes`. */
export async function processTree(
  { kernel }: Pick<ProcessParts, 'kernel'>,
  identity: ProcessIdentity,
): Promise<readonly ProcessIdentity[]> {
  const root = findProcess({ kernel }, identity)
  const kin = await scanKin(kernel)
  return [root, ...descendantsOf(kernel, [root], kin)]
}
