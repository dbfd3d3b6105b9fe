import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { leftoverProcesses } from '../../../scripts/leftover-processes.ts'

/** A process that stays until it is ended, and has said that it runs. */
async function stay(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', 'echo ready; read line'], { env, stdio: ['pipe', 'pipe', 'ignore'], detached: true })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    if (child.kill('SIGKILL')) await ended
  })
  await once(child.stdout, 'data')
  return child
}

test('a process that carries the marker is found with its command, in a session of its own too', async () => {
  const marker = randomUUID()
  const child = await stay({ PATH: process.env['PATH'], BROOD_TEST_RUN: marker })
  expect(leftoverProcesses(`BROOD_TEST_RUN=${marker}`)).toEqual([
    { pid: child.pid, command: 'sh -c echo ready; read line' },
  ])
})

test('a process of another run is not', async () => {
  await stay({ PATH: process.env['PATH'], BROOD_TEST_RUN: randomUUID() })
  expect(leftoverProcesses(`BROOD_TEST_RUN=${randomUUID()}`)).toEqual([])
})

test('whoever looks is not left over, nor is who started it', async () => {
  const marker = randomUUID()
  const look = `import('./scripts/leftover-processes.ts').then(m => console.log(JSON.stringify(m.leftoverProcesses('BROOD_TEST_RUN=${marker}'))))`
  const shell = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, look], {
    env: { ...process.env, BROOD_TEST_RUN: marker },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [[found]] = await Promise.all([once(shell.stdout, 'data'), once(shell, 'exit')])
  expect(String(found).trim()).toBe('[]')
})

test('a process that has ended is gone', async () => {
  const marker = randomUUID()
  const child = await stay({ PATH: process.env['PATH'], BROOD_TEST_RUN: marker })
  child.stdin?.end()
  await once(child, 'exit')
  expect(leftoverProcesses(`BROOD_TEST_RUN=${marker}`)).toEqual([])
})
