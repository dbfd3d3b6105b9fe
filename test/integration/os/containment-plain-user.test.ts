import { afterAll, describe, expect, test } from 'vitest'
import { nodeHost } from '../../../src/os/node-host.ts'
import type { HostReport } from '../../../src/ports.ts'
import { endMarked, marked, newMark } from '../../fixtures/containment/marked.ts'
import { shapes } from '../../fixtures/containment/shapes.ts'
import { can, sayWhatIsMissing } from './containment-support.ts'
import { launch, linesOf, sh } from './watched-life.ts'

// This file has a process of its own. From here on it has no privileges, whoever runs the tests.
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(65_534)
  process.setuid?.(65_534)
}
process.chdir('/')

sayWhatIsMissing('containment by a plain user', ['pidns'])
const reports: HostReport[] = []
const session = nodeHost().open({ treeId: 'plain', report: (report) => void reports.push(report) })
afterAll(() => session.close())

describe.skipIf(!can('pidns'))('a plain user has PID namespaces, within a user namespace', () => {
  test.each([
    ['exit 139', { code: 139, signal: null }],
    ['kill -KILL $$', { code: null, signal: 'SIGKILL' }],
    ['kill -TERM $$', { code: null, signal: 'SIGTERM' }],
  ])('`%s` ends as the kernel said', async (script, end) => {
    const watched = launch(session, { ...sh(script), containment: 'pidns' })
    expect(await watched.until('exited')).toEqual({ kind: 'exited', ...end })
    await watched.until('swept')
  })

  test('within it the user is the same, without privileges, in a /proc of its own; what is in force is told once', async () => {
    const script = 'id -u; id -g; grep -E "^Cap(Eff|Prm|Inh|Amb)" /proc/self/status; ls /proc | grep -c "^[0-9]"'
    const watched = launch(session, { ...sh(script), containment: 'pidns', drainMs: 60_000 })
    await watched.until('drained')
    const none = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((name) => `${name}:\t0000000000000000`)
    expect(linesOf(watched)).toEqual([
      `${process.getuid?.()}`,
      `${process.getgid?.()}`,
      ...none,
      expect.stringMatching(/^[1-5]$/),
    ])
    expect(reports).toEqual([{ subject: 'pidns', message: expect.stringContaining('within a user namespace') }])
  })

  test('nobody else can be within it: that is told, and nothing runs', async () => {
    const watched = launch(session, { ...sh('true'), containment: 'pidns', user: { uid: 1, gid: 1 } })
    expect(await watched.until('spawnFailed')).toMatchObject({
      code: expect.stringMatching(/^ERR_(SPAWN_FAILED|UNSUPPORTED)$/),
    })
  })

  test.for(shapes)('$name does not survive a stop', async ({ script }) => {
    const mark = newMark()
    const watched = launch(session, { ...sh(script(mark)), containment: 'pidns' })
    try {
      await watched.line(/^up$/)
      expect(marked(mark)).not.toEqual([])
      await watched.signal('SIGKILL')
      await watched.until('swept')
      expect(marked(mark)).toEqual([])
    } finally {
      endMarked(mark)
    }
  })
})

test('where no cgroup can be made a start says why, and nothing runs', async () => {
  // Where this user has one delegated, there is nothing to be refused.
  if (can('cgroup')) return
  const watched = launch(session, { ...sh('true'), containment: 'cgroup' })
  const { code, message } = await watched.until('spawnFailed')
  expect(code).toBe('ERR_UNSUPPORTED')
  expect(message).toMatch(/no `containment: 'cgroup'` here, since (this process may not put|no cgroup2 file system)/)
  expect(watched.seen).toHaveLength(1)
})
