import { realpathSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ProcessOptions } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { scratchDirectory } from './support/scratch.ts'
import { supervise } from './support/supervise.ts'
import { fixture, sh } from './support/zoo.ts'

expectNoLeaks()

interface Context {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly argv0: string
  readonly pid: number
}

type Options = Partial<ProcessOptions>

/** What a process sees of itself. */
async function contextOf(
  options: Options,
  args: readonly string[] = [],
): Promise<Context & { readonly spawned: number | null | undefined }> {
  const { supervisor, said, of } = supervise({
    children: [
      {
        id: 'job',
        command: process.execPath,
        args: [fixture('zoo/prints-context.mjs'), ...args],
        oneShot: true,
        ...options,
      },
    ],
  })
  await supervisor.start()
  const context: Context = JSON.parse(said('job').join('\n'))
  return { ...context, spawned: of('process.spawned')[0]?.data.pid }
}

test('arguments arrive as they are, without any shell', async () => {
  const args = ['', ' two  words ', '$HOME', '`id`', "it's", '"', '\\', '*', 'ü€😀', '--flag', '-', 'a\nb', '\x01']
  const context = await contextOf({}, args)
  expect(context.args).toEqual(args)
  expect(context.pid).toBe(context.spawned)
})

test("the working directory is the one that was given, or the host's", async () => {
  const cwd = realpathSync(scratchDirectory())
  expect((await contextOf({ cwd })).cwd).toBe(cwd)
  expect((await contextOf({})).cwd).toBe(process.cwd())
})

test("a merged environment is the host's with what was given over it, and the cookie", async () => {
  process.env['BROOD_TEST_INHERITED'] = 'from the host'
  process.env['BROOD_TEST_OVERRIDDEN'] = 'from the host'
  const { env } = await contextOf({ env: { BROOD_TEST_OVERRIDDEN: 'from the child', BROOD_TEST_EMPTY: '' } })
  const { BROOD_COOKIE, ...rest } = env
  expect(rest).toEqual({ ...process.env, BROOD_TEST_OVERRIDDEN: 'from the child', BROOD_TEST_EMPTY: '' })
  expect(BROOD_COOKIE).toMatch(/^[0-9a-f]{16}:[0-9a-f]{16}:tethered:\/job:1$/)
})

test('a replaced environment is exactly what was given, and the cookie', async () => {
  const given = { PATH: '/usr/bin:/bin', constructor: 'a name like any other', __proto__x: 'y', 'with space': 'z' }
  const { env } = await contextOf({ env: given, envMode: 'replace' })
  const { BROOD_COOKIE, ...rest } = env
  expect(rest).toEqual(given)
  expect(BROOD_COOKIE).toMatch(/:\/job:1$/)
  expect(Object.keys((await contextOf({ envMode: 'replace' })).env)).toEqual(['BROOD_COOKIE'])
})

test('a variable called __proto__ is a variable', async () => {
  const { supervisor, said } = supervise({
    children: [
      {
        id: 'job',
        ...sh('env'),
        env: JSON.parse('{"__proto__":"a name","PATH":"/usr/bin:/bin"}'),
        envMode: 'replace',
        oneShot: true,
      },
    ],
  })
  await supervisor.start()
  expect(said('job')).toContain('__proto__=a name')
})

test('a cookie of another supervisor is not handed on', async () => {
  const { env } = await contextOf({ env: { BROOD_COOKIE: 'forged:forged:tethered:/x:1' } })
  expect(env['BROOD_COOKIE']).toMatch(/:\/job:1$/)
})

test('the program sees the name it is given', async () => {
  expect((await contextOf({ argv0: 'a name of its own' })).argv0).toBe('a name of its own')
  expect((await contextOf({})).argv0).toBe(process.execPath)
})

test("with a shell the command is the text of the shell, and the shell's end is the end", async () => {
  const { supervisor, said, child } = supervise({
    children: [
      {
        id: 'job',
        command: 'for word in $WORDS; do echo "<$word>"; done | sort; exit 6',
        shell: true,
        env: { WORDS: 'b a' },
        restart: 'temporary',
      },
    ],
  })
  await supervisor.start()
  await child('job').when('stopped')
  expect(said('job')).toEqual(['<a>', '<b>'])
  expect(child('job').view.lastExit).toMatchObject({ code: 6 })
})

test('each life has its own number in its cookie, and a nested child the whole of its path', async () => {
  const { supervisor, line, child } = supervise({
    children: [
      {
        id: 'a pi',
        kind: 'supervisor',
        children: [{ id: 'worker/1', ...sh('echo "cookie ${BROOD_COOKIE#*:*:}"; exec sleep 300') }],
      },
    ],
  })
  await supervisor.start()
  expect((await line('worker/1', /^cookie (.*)/))[1]).toBe('tethered:/a%20pi/worker%2F1:1')
  await child('a pi').supervisor?.child('worker/1')?.restart()
  expect((await line('worker/1', /^cookie (.*)/, 2))[1]).toBe('tethered:/a%20pi/worker%2F1:2')
})
