import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSupervisor, parseChildSpec, validateChildSpec, type ChildOptions } from '../../../src/index.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { normalizeChildren } from '../../../src/spec/normalize-children.ts'
import { createWorld } from '../../../src/testing/index.ts'
import { childOptions } from './arbitrary-child.ts'

const context = { platformTether: true }

test('a complete spec can stand wherever options can, and means what it meant', () => {
  fc.assert(
    fc.property(childOptions, (options) => {
      const spec = normalizeChild(options, context)
      expect(normalizeChild(spec, context)).toEqual(spec)
      const alone = { ...options, after: [] }
      const list = [normalizeChild(alone, context)]
      expect(normalizeChildren(list, 'one-for-one', context)).toEqual(list)
      const group = { id: 'group', kind: 'supervisor' }
      const given = normalizeChild({ ...group, children: list }, context)
      expect(given).toEqual(normalizeChild({ ...group, children: [alone] }, context))
    }),
    { numRuns: 200 },
  )
})

test('what was parsed from JSON is added, declared, planned, replaced and applied', async () => {
  const text = JSON.stringify({
    id: 'web',
    command: 'serve',
    ready: { line: { regex: 'up on \\d+', flags: 'i' } },
    readyTimeoutMs: 'Infinity',
    stop: { stages: [{ signal: 'SIGINT', to: 'tree', atMs: 0 }] },
  })
  const spec = parseChildSpec(text)
  const world = createWorld()
  world.program('serve', { prints: ['Up on 80'] })
  const supervisor = createSupervisor({ ports: world.ports, children: [spec] })
  const started = supervisor.start()
  await world.advance(0)
  await started
  expect(supervisor.child('web')?.spec).toEqual(spec)
  expect(supervisor.plan([spec]).keep).toEqual(['web'])
  supervisor.add(validateChildSpec({ id: 'other', command: 'serve' }))
  const applied = supervisor.apply([spec])
  await world.advance(0)
  await applied
  const replaced = supervisor.replace(supervisor.child('web')?.spec ?? expect.unreachable())
  await world.advance(0)
  expect((await replaced).spec).toEqual(spec)
})

test('what only looks like a spec is read as options are, and refused with what is wrong', () => {
  const spec: unknown = structuredClone(validateChildSpec({ id: 'web', command: 'serve' }))
  expect(() => createSupervisor().add(spec as ChildOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_SPEC', message: expect.stringContaining('`readiness`') }),
  )
})
