import assert from 'node:assert/strict'
import { firstValueFrom, map, filter } from 'rxjs'
import { createSupervisor, isBroodError, type ProcessOptions } from '../src/index.ts'

// What a test needs of the programs it tests against: started in order, ready when `start` resolves, and gone when the
// block is left, however it is left: by its end, by a failed assertion, or because the test runner was killed.

const backend: ProcessOptions = {
  id: 'backend',
  command: process.execPath,
  args: [
    '-e',
    `const server = require('node:http').createServer((_, response) => response.end('42'))
     server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))`,
  ],
  ready: { line: /^listening on \d+$/ },
  // A test wants to know of a crash, not to have it mended.
  restart: 'temporary',
}

async function testTheAnswer(): Promise<number> {
  await using supervisor = createSupervisor({ children: [backend] })
  const port = firstValueFrom(
    supervisor.lines$.pipe(
      map(({ text }) => /^listening on (\d+)$/.exec(text)?.[1]),
      filter((found) => found !== undefined),
    ),
  )
  await supervisor.start()
  const response = await fetch(`http://127.0.0.1:${await port}/`)
  assert.equal(await response.text(), '42')
  console.log('ok: the answer is 42')
  return supervisor.child('backend')?.view.pid ?? assert.fail('no pid')
}

/** A failing start is a failing test, with the last words of whoever failed. */
async function testABrokenBackend(): Promise<void> {
  const broken = { ...backend, args: ['-e', `console.error('port 80: permission denied'); process.exit(3)`] }
  await using supervisor = createSupervisor({ children: [broken] })
  await assert.rejects(supervisor.start(), (error) => {
    assert(isBroodError(error, 'ERR_EXITED_BEFORE_READY'))
    console.log(`ok: ${error.message} (${error.stderrTail?.trim()})`)
    return true
  })
}

const pid = await testTheAnswer()
assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
console.log('ok: nothing is left of it')
await testABrokenBackend()
