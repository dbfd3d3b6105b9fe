import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ContainmentLevel } from '../../../src/events/containment-level.ts'
import { isAlive } from '../../../src/os/identity.ts'
import { nodeHost } from '../../../src/os/node-host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { readStat } from '../../../src/os/process-table.ts'
import type { SpawnRequest } from '../../../src/ports.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { can, sayWhatIsMissing } from './containment-support.ts'
import { launch, linesOf, sh } from './watched-life.ts'

expectNoLeaks()
sayWhatIsMissing('what a contained program sees and how it ends')

const folder = mkdtempSync(join(tmpdir(), 'brood-contained-'))
afterAll(() => rmSync(folder, { recursive: true }))
const session = nodeHost().open({ treeId: 'fidelity', report: () => {} })
afterAll(() => session.close())

type Request = Partial<SpawnRequest> & Pick<SpawnRequest, 'command'>

/** All that a program says, when it has ended. */
async function said(request: Request): Promise<string> {
  const watched = launch(session, { drainMs: 60_000, ...request })
  await Promise.all([watched.until('drained'), watched.until('swept')])
  return [...linesOf(watched), ...linesOf(watched, 'stderr')].join('\n')
}

/** What a program says, if it says the same whether contained or not. */
async function sameAsWithout(containment: ContainmentLevel, request: Request): Promise<string> {
  const contained = await said({ ...request, containment })
  expect(contained).toBe(await said(request))
  return contained
}

for (const containment of ['pidns', 'cgroup'] as const) {
  describe.skipIf(!can(containment))(`in a ${containment}`, () => {
    test.each([
      ['exit 0', { code: 0, signal: null }],
      ['exit 1', { code: 1, signal: null }],
      ['exit 139', { code: 139, signal: null }],
      ['ulimit -c 0; kill -SEGV $$', { code: null, signal: 'SIGSEGV' }],
      ['ulimit -c 0; kill -ABRT $$', { code: null, signal: 'SIGABRT' }],
      ['kill -KILL $$', { code: null, signal: 'SIGKILL' }],
      ['kill -TERM $$', { code: null, signal: 'SIGTERM' }],
      ['kill -PIPE $$', { code: null, signal: 'SIGPIPE' }],
      ['kill -USR2 $$', { code: null, signal: 'SIGUSR2' }],
    ])('`%s` ends as the kernel said', async (script, end) => {
      const watched = launch(session, { ...sh(script), containment })
      expect(await watched.until('exited')).toEqual({ kind: 'exited', ...end })
      await watched.until('drained')
      expect(linesOf(watched, 'stderr')).toEqual([])
    })

    test('it is stopped and continued, and ends by its own code', async () => {
      const script = `trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.01; done`
      const watched = launch(session, { ...sh(script), containment })
      await watched.line(/^ready$/)
      const { pid } = await watched.until('spawned')
      const state = () => / \(.*\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
      expect(await watched.signal('SIGSTOP', 'process')).toBe(true)
      await expect.poll(state, { timeout: 60_000 }).toBe('T')
      expect(await watched.signal('SIGCONT', 'process')).toBe(true)
      await expect.poll(state, { timeout: 60_000 }).not.toBe('T')
      expect(await watched.signal('SIGSTOP')).toBe(true)
      expect(await watched.signal('SIGTERM')).toBe(true)
      expect(await watched.until('exited')).toEqual({ kind: 'exited', code: 9, signal: null })
      expect(linesOf(watched)).toEqual(['ready', 'bye'])
    })

    test('the process that is told of is the program, in a session and a group of its own', async () => {
      const watched = launch(session, { command: process.execPath, args: ['-e', program], containment })
      const told = JSON.parse((await watched.line(/^\{/)).input) as Record<string, number>
      expect(told['pgrp']).toBe(told['pid'])
      expect(told['session']).toBe(told['pid'])
      const { pid, identity } = await watched.until('spawned')
      expect(readStat(pid)).toMatchObject({ pgrp: pid, session: pid })
      expect(identity !== null && isAlive(realKernel(), identity)).toBe(true)
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toContain('TheProgram')
      expect(await watched.survivors()).toEqual([pid])
      // A signal to the process is for the program.
      expect(await watched.signal('SIGUSR2', 'process')).toBe(true)
      expect(await watched.until('exited')).toEqual({ kind: 'exited', code: 12, signal: null })
    })
    const program = `/* TheProgram */
      process.on('SIGUSR2', () => process.exit(12))
      const [, fields] = require('fs').readFileSync('/proc/self/stat', 'latin1').split(') ')
      const [, , pgrp, session] = fields.split(' ').map(Number)
      console.log(JSON.stringify({ pid: process.pid, pgrp, session }))
      setInterval(() => {}, 1000)`

    test('it has the environment it would have without, to the last odd name', async () => {
      const odd = {
        'foo.bar': '1',
        'a b': '2',
        IFS: 'x',
        PWD: '/nowhere',
        SHLVL: '7',
        OPTIND: '3',
        LD_BIND_NOW: '1',
        A: 'é\n=',
      }
      const print = `for (const line of Object.entries(process.env).map(String).toSorted()) if (!line.startsWith('BROOD_COOKIE')) console.log(line)`
      for (const envMode of ['merge', 'replace'] as const) {
        for (const env of [odd, {}]) {
          const text = await sameAsWithout(containment, {
            command: process.execPath,
            args: ['-e', print],
            env,
            envMode,
          })
          expect(text.includes('foo.bar,1')).toBe(env === odd)
        }
      }
    })

    test('it has the signal mask, the capabilities, the limits and the user it would have without', async () => {
      const fields = '^(Sig(Blk|Ign|Cgt)|Shd|Cap|Uid|Gid|Groups|NoNewPrivs|Seccomp|Umask)'
      expect(
        await sameAsWithout(containment, { command: 'grep', args: ['-E', fields, '/proc/self/status'] }),
      ).toContain('CapEff')
      await sameAsWithout(containment, { command: 'cat', args: ['/proc/self/limits', '/proc/self/oom_score_adj'] })
      await sameAsWithout(containment, { command: 'nice', args: [] })
    })

    test('it has three descriptors, and what is a file for it is that file', async () => {
      // One is of the listing itself; what Node leaves open above 15 is none of ours.
      expect(await sameAsWithout(containment, { command: 'ls', args: ['/proc/self/fd'] })).toMatch(/^0\n1\n2\n/)
      const [input, output] = [join(folder, `${containment}.in`), join(folder, `${containment}.out`)]
      for (const text of ['one', 'two']) {
        await said({ ...sh(`echo ${text}`), stdout: { file: output }, containment })
      }
      await said({ ...sh('echo in'), stdout: { file: input } })
      await said({ ...sh('cat; echo err >&2'), stdin: { file: input }, stdout: { file: output }, containment })
      expect(readFileSync(output, 'utf8')).toBe('one\ntwo\nin\n')
    })

    test('its raw streams are untouched, in both directions', async () => {
      const watched = launch(session, { command: 'cat', stdin: 'raw', stdout: 'raw', containment, drainMs: 60_000 })
      await watched.until('spawned')
      const chunks: Buffer[] = []
      const { stdin, stdout } = watched.life
      const end = new Promise((resolve) => stdout?.once('end', resolve))
      stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256))
      stdin?.end(bytes)
      await end
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
      expect(await watched.until('exited')).toMatchObject({ code: 0 })
    })

    test('nothing that a short-lived program wrote raw is lost, however late one begins to read', async () => {
      const watched = launch(session, { ...sh('echo all of it'), stdout: 'raw', containment })
      await watched.until('spawned')
      let text = ''
      watched.life.stdout?.on('data', (chunk) => (text += String(chunk)))
      await watched.until('swept')
      await expect.poll(() => text, { timeout: 60_000 }).toBe('all of it\n')
    })

    test('its command is looked up, run by a shell, in its directory and under its name, as without', async () => {
      await sameAsWithout(containment, { ...sh('pwd; echo "$0" "$@"', 'zero', 'a b', ''), cwd: folder })
      await sameAsWithout(containment, { command: 'echo "$0 $HOME"; exit 0', shell: true })
      await sameAsWithout(containment, { ...sh('tr "\\0" "|" < /proc/$$/cmdline; echo $0'), argv0: 'another name' })
      await sameAsWithout(containment, { command: 'echo "$0"', shell: true, argv0: 'another shell' })
    })

    test('a shell’s real server gets the rest of the grace: what is left of the group is not ended with the leader', async () => {
      const server = `trap 'sleep 0.05; echo served; exit' TERM; echo ready; while :; do sleep 0.01; done`
      const watched = launch(session, {
        ...sh(`sh -c "$0" & trap 'exit 0' TERM; wait`, server),
        containment,
        drainMs: 60_000,
      })
      await watched.line(/^ready$/)
      expect(await watched.signal('SIGTERM')).toBe(true)
      await watched.until('swept')
      await watched.until('drained')
      expect(linesOf(watched)).toEqual(['ready', 'served'])
    })

    test('a start that fails is told as such, before anything runs', async () => {
      for (const [request, code] of [
        [{ command: 'no-such-command-anywhere' }, 'ERR_SPAWN_FAILED'],
        [{ command: 'true', cwd: join(folder, 'missing') }, 'ERR_CWD_NOT_FOUND'],
        [{ command: 'true', stdout: { file: join(folder, 'no', 'file') } }, 'ERR_SPAWN_FAILED'],
      ] as const) {
        const watched = launch(session, { ...request, containment })
        expect((await watched.until('spawnFailed')).code).toBe(code)
        expect(watched.seen).toHaveLength(1)
      }
    })
  })
}

describe.skipIf(!can('pidns'))('in a pidns', () => {
  test('it sees itself and its relatives, and nobody else', async () => {
    const text = await said({
      ...sh('echo $$; for dir in /proc/[0-9]*; do echo ${dir#/proc/}; done'),
      containment: 'pidns',
    })
    const [own, ...all] = text.split('\n')
    expect(all).toEqual(['1', own])
  })

  test('what is orphaned within is reaped within', async () => {
    // The init, itself, and the three of the count: whoever is not reaped is one more.
    const script =
      'for i in 1 2 3 4; do (sleep 0 &); done; until [ "$(ls /proc | grep -c "^[0-9]")" -le 5 ]; do :; done; echo reaped'
    expect(await said({ ...sh(script), containment: 'pidns' })).toBe('reaped')
  })
})
