import { BroodError } from '../errors.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import { isId } from '../spec/fields.ts'
import { normalizeChild } from '../spec/normalize-child.ts'
import { show } from '../spec/show.ts'
import { isCopiedRecord } from '../spec/copied-record.ts'
import { snapshot } from '../spec/snapshot.ts'

/** The key and what else there is of a row, whatever the table gave. @throws {BroodError} ERR_INVALID_SPEC */
export function splitRow(row: unknown): { readonly key: string; readonly options: unknown } {
  const copy = snapshot(row)
  if (!Array.isArray(copy) || copy.length !== 2) {
    throw new BroodError('ERR_INVALID_SPEC', `Expected a row to be a key with its options, got ${show(copy)}`)
  }
  const [key, options]: unknown[] = copy
  if (!isId(key)) throw new BroodError('ERR_INVALID_SPEC', `Expected the key of a row to be an id, got ${show(key)}`)
  return { key, options }
}

/** The options of a row's child, whose id is the key. @throws {BroodError} ERR_INVALID_SPEC, and as `supervisor.add` */
export function checkRow(key: string, options: unknown, context: { readonly platformTether: boolean }): ChildOptions {
  const copy = snapshot(options)
  if (isCopiedRecord(copy) && copy['id'] !== undefined && copy['id'] !== key) {
    const got = show(copy['id'])
    throw new BroodError('ERR_INVALID_SPEC', `Expected \`id\` to be absent or the key ${show(key)}, got ${got}`, {
      child: key,
    })
  }
  const whole: unknown = isCopiedRecord(copy) ? Object.assign(Object.create(null), copy, { id: key }) : copy
  normalizeChild(whole, context)
  return whole as ChildOptions
}
