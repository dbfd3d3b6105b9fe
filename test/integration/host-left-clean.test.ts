import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { runHost } from './support/run-host.ts'
import { zoo } from './support/zoo.ts'

expectNoLeaks()

const crowd = (lifetime: 'tethered' | 'attached') => ({
  supervisor: {
    children: [
      { id: 'web', ...zoo('graceful'), ready: { line: 'ready' } },
      { id: 'deaf', ...zoo('ignores-term'), ready: { line: 'ready' }, stop: { killTimeoutMs: 50 } },
      { id: 'raw', ...zoo('echoes-stdin'), stdio: 'raw' },
      { id: 'job', ...zoo('prints-lines', 20), oneShot: true },
      { id: 'nested', kind: 'supervisor', children: [{ id: 'tree', ...zoo('forks-tree') }] },
    ].map((child) => ('kind' in child ? child : Object.assign(child, { lifetime }))),
  },
})

test.each(['tethered', 'attached'] as const)(
  'after its supervisors have stopped, a host with %s children has no listener, descriptor, timer or handle more, and ends by itself',
  async (lifetime) => {
    const host = runHost('comes-and-goes', crowd(lifetime))
    const { before, after, warnings } = await host.hears('after')
    expect(after).toEqual(before)
    expect(warnings).toEqual([])
    expect(await host.exited).toEqual({ code: 0, signal: null })
  },
)

test('making supervisors, without starting them, leaves a host as it was', async () => {
  const host = runHost('only-makes', crowd('tethered'))
  const { before, after } = await host.hears('made')
  expect(after).toEqual(before)
  expect(await host.exited).toEqual({ code: 0, signal: null })
})
