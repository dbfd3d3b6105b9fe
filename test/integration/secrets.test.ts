import { inspect } from 'node:util'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { explain, isBroodError } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { recordOf, rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const secret = 'hunter2-and-more'
const hidden = 'the value of a variable'

test("a secret is in no event, view, error, explanation or log line, and neither is any variable's value", async () => {
  const logged: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  const { supervisor, child, event } = supervise({
    logger: pino({ level: 'trace' }, sink),
    children: [
      { id: 'calm', ...zoo('sleeps') },
      {
        id: 'leaky',
        ...sh('echo "cannot log in with $1" >&2; printenv TOKEN >/dev/null || exit 9; exit 3', secret),
        env: { TOKEN: hidden },
        secrets: [secret],
        restart: { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: 1, withinMs: 60_000 } },
      },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'leaky')
  const misspelt = supervisor.add(
    {
      id: 'misspelt',
      command: `no-such-command-${secret}`,
      args: [secret],
      cwd: '/',
      env: { A: hidden },
      secrets: [secret],
    },
    { start: false },
  )
  const lost = supervisor.add(
    { id: 'lost', command: 'true', cwd: `/no/${secret}`, secrets: [secret] },
    { start: false },
  )
  const unready = supervisor.add(
    { id: 'unready', ...sh('echo "no $1" >&2; exit 1', secret), secrets: [secret], ...whenReady },
    { start: false },
  )
  const errors = await Promise.all([misspelt, lost, unready].map((each) => rejection(each.start())))
  expect(errors.map((error) => isBroodError(error) && error.code)).toEqual([
    'ERR_SPAWN_FAILED',
    'ERR_CWD_NOT_FOUND',
    'ERR_EXITED_BEFORE_READY',
  ])
  expect(errors[2]).toMatchObject({ stderrTail: 'no [redacted]' })
  expect(child('leaky').view.stderrTail).toBe('cannot log in with [redacted]')

  const record = await recordOf(supervisor)
  const told = [
    ...record.map((each) => JSON.stringify(each)),
    ...errors.map((error) => inspect(error, { depth: 9 })),
    ...errors.map((error) => String(error) + JSON.stringify(error)),
    inspect(supervisor.view, { depth: 9 }),
    JSON.stringify(supervisor.explain('leaky')),
    inspect(explain(record, '/misspelt'), { depth: 9 }),
    ...logged,
  ].join('\n')
  expect(logged.length).toBeGreaterThan(10)
  expect(told).not.toContain(secret)
  expect(told).not.toContain(hidden)
  expect(told).toContain('[redacted]')
})

test('negative control: what is not named as a secret is told', async () => {
  const { supervisor } = supervise({})
  await supervisor.start()
  const open = supervisor.add({ id: 'open', ...sh('echo "no $1" >&2; exit 1', secret), ...whenReady }, { start: false })
  expect(await rejection(open.start())).toMatchObject({ stderrTail: `no ${secret}` })
  expect(JSON.stringify(await recordOf(supervisor))).toContain(secret)
})

const refused = (): unknown =>
  supervise({ children: [{ id: 'bad', command: '', cwd: secret, secrets: [secret], args: [secret] }] })

test('a spec that is refused does not quote its secrets', () => {
  expect(refused).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
  try {
    refused()
  } catch (error) {
    expect(inspect(error, { depth: 9 })).not.toContain(secret)
  }
})

test('a secret that a child prints is hidden in lines$ as well', async () => {
  const args = ['-c', 'echo "it is $1"; exec sleep 300', 'sh', secret]
  const tree = supervise({ children: [{ id: 'chatty', command: 'sh', args, secrets: [secret] }] })
  const heard = firstValueFrom(tree.supervisor.lines$)
  await tree.supervisor.start()
  expect((await heard).text).toBe('it is [redacted]')
})
