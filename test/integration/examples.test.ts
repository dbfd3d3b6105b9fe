import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { outputLine } from '../../examples/dev-stack/lines.ts'
import { table } from '../../examples/dev-stack/table.ts'
import { binPath } from '../../examples/dev-stack/bin-path.ts'
import { root } from './docs/fences.ts'
import { expectNoLeaks } from './support/no-leaks.ts'

expectNoLeaks()

interface Ended {
  readonly code: number | string | null | undefined
  readonly lines: readonly string[]
  readonly stderr: string
}

/** Runs an example without a terminal, to its end. */
function runExample(file: string, args: readonly string[] = [], env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'examples', file), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, lines: stdout.split('\n'), stderr })
    })
  })
}

/** Asserts that `lines` holds all of `wanted`, in that order. */
function expectInOrder(lines: readonly string[], wanted: readonly RegExp[]): void {
  let from = 0
  for (const pattern of wanted) {
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line))
    expect(at, `${pattern} after line ${from} of\n${lines.join('\n')}`).toBeGreaterThanOrEqual(from)
    from = at + 1
  }
}

test('the stack runs without a terminal: ready in order, a give-up while the others live, stopped in order, its story', async () => {
  const env = { ...process.env, HOST: '0.0.0.0', PORT: '1' }
  const { code, lines, stderr } = await runExample('dev-stack/main.ts', [], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expectInOrder(lines, [
    /^tsc +#1 child\.ready/,
    // What somebody's environment says of HOST and PORT does not open it to the network.
    /^web +│ .*Local: +http:\/\/127\.0\.0\.1:\d+/,
    /^web +#1 child\.ready/,
    /^worker +#1 child\.ready/,
    /^worker +#1 process\.exited +code 1, unexpected, crash/,
    /^worker +#1 restart\.scheduled +in 500 ms/,
    /^worker +#2 process\.exited/,
    /^worker +#2 restart\.scheduled +in 1000 ms/,
    /^worker +#3 restart\.abandoned/,
    /^worker +#3 child\.stopped +failed/,
    /^tsc +running/,
    /^web +running/,
    /^worker +stopped: failed/,
    /^web +#1 child\.stopped +stopped/,
    /^tsc +#1 process\.exited/,
    /^the record: \d+ events/,
    /supervisor\.started/,
    /web +#1 signal\.sent +SIGTERM to the group/,
    /tsc +#1 signal\.sent +SIGTERM to the group/,
    /supervisor\.stopped/,
    /^tsc is stopped/,
    /^worker has failed and was given up/,
  ])
})

/** Runs a program on a terminal of its own, as script(1) of util-linux makes one. */
function onTerminal(file: string, env: NodeJS.ProcessEnv) {
  const program = `'${process.execPath}' '${join(root, 'examples', file)}'`
  const terminal = spawn('script', ['--quiet', '--return', '--command', program, '/dev/null'], { env })
  const lines: string[] = []
  const seen = new Set<() => void>()
  createInterface({ input: terminal.stdout }).on('line', (line) => {
    lines.push(stripVTControlCharacters(line).trimEnd())
    for (const look of seen) look()
  })
  return {
    lines,
    press: (keys: string) => terminal.stdin.write(keys),
    ended: once(terminal, 'exit').then(([code]: unknown[]) => code),
    until: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve) => {
        const look = (): void => {
          const found = lines.map((line) => pattern.exec(line)).find((match) => match !== null)
          if (found === undefined) return
          seen.delete(look)
          resolve(found)
        }
        seen.add(look)
        look()
      }),
    // Hung up on, the program is sent SIGHUP, which it handles like ^C.
    hangUp: () => terminal.kill('SIGTERM'),
  }
}

const hasScript = String(spawnSync('script', ['--version']).stdout).includes('util-linux')
if (!hasScript) console.warn('SKIP the stack on a terminal: there is no script(1) of util-linux (Debian: bsdutils)')

test.skipIf(!hasScript && process.env['REQUIRE_ALL'] !== '1')(
  'on a terminal it runs until ^C: the table is drawn in place, the page is served, the server stops before the compiler',
  async () => {
    const terminal = onTerminal('dev-stack/main.ts', { ...process.env, TERM: 'xterm' })
    onTestFinished(() => void terminal.hangUp())

    const [, url = ''] = await terminal.until(/Local: +(http:\S+)/)
    await terminal.until(/^worker +stopped: failed/)
    const page = await fetch(url)
    expect(await page.text()).toMatch('dist/app.js')
    const script = await fetch(new URL('dist/app.js', url))
    expect(await script.text()).toMatch('greeting')

    terminal.press('\u0003')
    expect(await terminal.ended).toBe(130)
    // Drawn again with every change, unlike the table of the scripted run, which is printed once.
    expect(terminal.lines.filter((line) => /^tsc +running/.test(line)).length).toBeGreaterThan(3)
    expectInOrder(terminal.lines, [/supervisor\.stopping +SIGINT/, /web +#1 signal\.sent/, /tsc +#1 signal\.sent/])
  },
)

test('without its two variables, the server would believe the environment rather than its own options', async () => {
  const sirv = spawn(process.execPath, [binPath('sirv-cli', 'sirv'), '.', '--host', '127.0.0.1', '--port', '0'], {
    env: { ...process.env, HOST: '127.0.0.2', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void sirv.kill('SIGKILL'))
  const told: string[] = []
  for await (const line of createInterface({ input: sirv.stdout })) {
    told.push(line)
    if (line.includes('Local:')) break
  }
  expect(told.at(-1)).toMatch('http://127.0.0.2:')
})

test('what a child prints cannot move the cursor or clear the screen of the terminal', () => {
  const line = { stream: '/tsc', child: 'tsc', incarnation: 1, source: 'stdout', at: 0 } as const
  const hostile = '\u001B[2J\u001B[3J\u001B[Hfine\u0007 \u001B]0;title\u0007\u009B1A\rdone\b'
  const printed = stripVTControlCharacters(outputLine({ ...line, text: hostile }) ?? '')
  expect(printed).toMatch(/fine.*done/)
  expect(printed).not.toMatch(/\p{Cc}/u)
  expect(outputLine({ ...line, text: '\u001B[0m' })).toBeUndefined()
})

test('a table fits into a narrow terminal', () => {
  const child = { stream: '/tsc', kind: 'process', desired: 'up', restarts: 0, ready: true, since: 0 } as const
  const children = [{ ...child, id: 'a-long-name', state: 'running', incarnation: 1, pid: 4_194_304 }] as const
  const rows = table({ id: 'root', state: 'running', strategy: 'one-for-one', since: 0, children }, 20)
  expect(rows.map((row) => stripVTControlCharacters(row).length)).toEqual([20, 20])
})

test('a host of a stdio server goes on with the next incarnation', async () => {
  const { code, lines, stderr } = await runExample('stdio-server-host.ts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expectInOrder(lines, [/^incarnation 1: re: hello$/, /crash, code 1$/, /^incarnation 2: re: hello again$/])
})

test('a test harness has its programs ready, and nothing left of them', async () => {
  const { code, lines, stderr } = await runExample('test-harness.ts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expectInOrder(lines, [
    /^ok: the answer/,
    /^ok: nothing is left/,
    /before it was ready \(port 80: permission denied\)$/,
  ])
})

test.each(['0', '7'])('a sidecar ends with its program, and with status %s like it', async (status) => {
  const { code, lines, stderr } = await runExample('sidecar.ts', [status])
  expect({ code, stderr }).toEqual({ code: Number(status), stderr: '' })
  expectInOrder(lines, [/^program: working$/, /^log-shipper: flushed$/, /^log-shipper stopped$/])
})

test('a sidecar told to stop stops its program before its helper, and reports the signal', async () => {
  const sidecar = spawn(process.execPath, [join(root, 'examples/sidecar.ts'), 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void sidecar.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: sidecar.stdout }).on('line', (line) => {
    lines.push(line)
    if (line === 'program: working') sidecar.kill('SIGTERM')
  })
  const [code] = (await once(sidecar, 'close')) as [number | null]
  expect(code).toBe(143)
  expectInOrder(lines, [/^program: bye$/, /^log-shipper: flushed$/, /^program stopped$/])
})

test('a policy of one’s own is tested without waiting', async () => {
  const { code, lines } = await runExample('own-policy.ts')
  expect(code).toBe(0)
  expectInOrder(lines, [/^ok: 60 lives/])
})
