import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { namespaceWords, run } from '../../fixtures/orphans/run.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { scratchDirectory } from '../support/scratch.ts'

expectNoLeaks()

const onLinux = test.skipIf(process.platform !== 'linux')
const enabled = { enabled: true }
const disabled = (reason: string) => ({ enabled: false, reason })

/** The codes of each of the storm's shells. */
const allCodes = (codes: unknown) =>
  Object.fromEntries(
    Object.entries(codes as Record<string, number[]>).map(([life, each]) => [life, each.toSorted((a, b) => a - b)]),
  )
const everyLife = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`/shell${index}`, [1, 2, 3, 4, 5]]))

onLinux('500 orphans and 100 commands end at once: all codes are right, and each orphan has its life', async () => {
  const told = await run('storm', 'on')
  expect(told).toMatchObject({ enabled, all: true, answered: 100, asExpected: 100, reaped: 500, left: [] })
  expect(allCodes(told['codes'])).toEqual(everyLife)
})

onLinux('control: where they are not enabled nothing is heard of orphans', async () => {
  expect(await run('storm', 'off')).toMatchObject({ all: true, answered: 100, asExpected: 100, reaped: 0 })
})

onLinux('control: a reaper that waits for any child steals exits from node:child_process', async () => {
  const told = await run('storm', 'any')
  // All of them have ended and were reaped, and yet some of their callbacks never come.
  expect(told).toMatchObject({ enabled, all: true })
  expect(told['answered']).toBeLessThan(100)
})

const attributedTo = (stream: string, incarnation: number) => ({ attributedTo: { stream, incarnation, tree: 'tree' } })
const exited = (code: number) => ({ exact: true, code, signal: null, status: code })
const kinds = {
  plain: { ...exited(3), ...attributedTo('/plain', 1) },
  cleared: { ...exited(4), ...attributedTo('/cleared', 2) },
  daemon: { ...exited(5), ...attributedTo('/daemon', 3) },
  offspring: { ...exited(6), ...attributedTo('/offspring', 4) },
  stranger: exited(7),
  killed: { exact: true, code: null, signal: 'SIGKILL', status: 137, ...attributedTo('/killed', 6) },
  nameless: { exact: true, code: null, signal: null, status: 168, ...attributedTo('/nameless', 7) },
}

onLinux(
  'an orphan is attributed by its session, its cookie or the session of its daemon; else it is nobody’s',
  async () => {
    const told = await run('kinds', 'lives')
    expect(told).toMatchObject({ enabled })
    expect(told['reaped']).toEqual(kinds)
    // An adoption is told once, before the end; that of a stranger cannot be known.
    const both = ['adopted', 'reaped']
    expect(told['told']).toMatchObject({ plain: both, cleared: both, daemon: both, killed: both, stranger: ['reaped'] })
  },
)

onLinux('control: one whose cookie was cleared is nobody’s to a reaper that does not know the lives', async () => {
  const told = await run('kinds', 'cookies')
  expect(told['reaped']).toEqual({ ...kinds, cleared: exited(4) })
})

const workerCodes = Array.from({ length: 55 }, (_, index) => index)

onLinux('children of a worker thread are left to it, and what it leaves when it is terminated is reaped', async () => {
  expect(await run('workers', 'on')).toMatchObject({
    enabled,
    codes: workerCodes,
    orphans: 60,
    ofMainBefore: false,
    inherited: true,
    zombie: false,
    reaped: { code: 7, signal: null, status: 7 },
  })
})

onLinux('control: otherwise the child of a terminated worker stays a zombie', async () => {
  expect(await run('workers', 'off')).toMatchObject({
    enabled: null,
    codes: workerCodes,
    inherited: true,
    zombie: true,
  })
})

onLinux(
  'a stop leaves nothing alive, and what it ended beside the leader is published as the orphans of that life',
  async () => {
    const told = await run('supervised')
    const { tree } = told
    expect(tree).toEqual(expect.any(String))
    const origin = { kind: 'orphan', attributedTo: { stream: '/web', incarnation: 1, tree } }
    const exit = { code: null, signal: 'SIGTERM', status: 143, origin }
    expect(told).toMatchObject({
      enabled,
      survivors: [],
      outcomes: [{ outcome: 'stopped', escalated: false }],
      exits: [
        { seq: 1, ...exit },
        { seq: 2, ...exit },
      ],
    })
  },
)

const source = new URL('../../../src/', import.meta.url).pathname

/** A copy of brood among its dependencies, without the optional one. */
function withoutKoffi(): string {
  const folder = scratchDirectory()
  cpSync(source, join(folder, 'src'), { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['execa', 'pino', 'rxjs', 'tree-kill', 'xstate', 'zod']) {
    symlinkSync(join(source, '../node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return join(folder, 'src/index.ts')
}

const exitedWith5 = { pid: expect.any(Number), code: 5, signal: null, status: 5 }
/** What the record of a tree says of the orphan of its child, and what the reaper does. */
const recordedOrphan = {
  enabled,
  zombies: 0,
  survivors: [],
  recorded: [
    { type: 'orphan.adopted', stream: '/web', incarnation: 1, data: { pid: expect.any(Number) } },
    { type: 'orphan.reaped', stream: '/web', incarnation: 1, data: exitedWith5 },
  ],
  orphans: [{ code: 5, origin: { kind: 'orphan', attributedTo: { stream: '/web', incarnation: 1 } } }],
}
const noKoffi = {
  enabled: disabled(
    'The optional package koffi is not installed, and Node has no waitpid of its own: `npm install koffi@^3.3.4`.',
  ),
  survivors: [],
  recorded: [],
  orphans: [],
}

onLinux(
  'an orphan of a child is recorded in the stream of that child: adopted, then reaped with its code',
  async () => {
    expect(await run('recorded', join(source, 'index.ts'))).toMatchObject(recordedOrphan)
  },
)

onLinux(
  'without koffi it says what is missing, nothing of orphans is recorded, and the supervisor is as ever',
  async () => {
    expect(await run('recorded', withoutKoffi())).toMatchObject(noKoffi)
  },
)

onLinux('enabling keeps no loop alive, and twice is once', async () => {
  expect(await run('enables')).toEqual({ first: enabled, again: enabled, listeners: 1 })
})

const refused = (reason: string) => ({ first: disabled(reason), again: disabled(reason), listeners: 0 })

onLinux('a worker thread is told to leave it to the main thread', async () => {
  expect(await run('enables', 'worker')).toEqual(
    refused('Orphans fall to the main thread, and this is a worker thread: enable them there.'),
  )
})

onLinux('the permission model is named where it forbids addons or /proc', async () => {
  expect(await run('enables', '', { nodeOptions: ['--permission', '--allow-fs-read=*'] })).toEqual(
    refused('Native addons are switched off, and koffi is one: run Node with `--allow-addons`.'),
  )
  const project = new URL('../../../', import.meta.url).pathname
  expect(await run('enables', '', { nodeOptions: ['--permission', `--allow-fs-read=${project}*`] })).toEqual(
    refused(
      '`/proc` cannot be read: the permission model forbids it, run Node with `--allow-fs-read=/proc` and `--allow-addons`.',
    ),
  )
})

const inNamespace = test.skipIf(namespaceWords === undefined)
const namespace = namespaceWords ?? []
if (namespaceWords === undefined) {
  console.warn('SKIP orphans of PID 1: `unshare --pid --mount-proc` is not there or not allowed')
  if (process.env['REQUIRE_ALL'] === '1') {
    test('orphans of PID 1 are tested', () => expect.unreachable('REQUIRE_ALL=1, and no PID namespace can be made'))
  }
}

inNamespace('PID 1 reaps what falls to it, also what fell to it before, and needs no prctl for it', async () => {
  const told = await run('init', 'on', { before: [...namespace, '--mount-proc'] })
  expect(told).toMatchObject({ pid: 1, enabled, asked: 0, zombies: 0 })
  const orphans = ['1 /shell', '2 /shell', '3 /shell', '9 undefined']
  expect((told['reaped'] as string[]).toSorted()).toEqual(orphans)
})

inNamespace('control: otherwise the zombies of PID 1 stay', async () => {
  expect(await run('init', 'off', { before: [...namespace, '--mount-proc'] })).toMatchObject({
    pid: 1,
    enabled: null,
    zombies: 4,
    reaped: [],
  })
})

inNamespace('as PID 1 a supervisor records and reaps the orphans of its children', async () => {
  const told = await run('recorded', join(source, 'index.ts'), { before: [...namespace, '--mount-proc'] })
  expect(told).toMatchObject({ pid: 1, ...recordedOrphan })
})

inNamespace('as PID 1 without koffi it says what is missing, and the zombie stays', async () => {
  const told = await run('recorded', withoutKoffi(), { before: [...namespace, '--mount-proc'] })
  expect(told).toMatchObject({ pid: 1, zombies: 1, ...noKoffi })
})

inNamespace('the /proc of another PID namespace is not believed', async () => {
  expect(await run('enables', '', { before: namespace })).toEqual(
    refused('`/proc` belongs to another PID namespace: mount one of this namespace.'),
  )
})
