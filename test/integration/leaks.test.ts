import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { nodeHost } from '../../src/os/node-host.ts'
import { findLeaks, livingChildren } from './support/leaks.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { supervise } from './support/supervise.ts'
import { whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

test('the check of every file sees each living process of a supervisor, escapees included, and none once it has stopped', async () => {
  const { supervisor, pids } = supervise({ children: [{ id: 'web', ...zoo('daemonises'), ...whenReady }] })
  await supervisor.start()
  const family = [supervisor.child('web')?.view.pid ?? 0, ...(await pids('web', 1))]
  expect(livingChildren()).toEqual(family.toSorted((a, b) => a - b))
  await supervisor.stop()
  expect(livingChildren()).toEqual([])
})

test('negative control: the check names a process that is left alive, and ends it', async () => {
  const child = spawn('sh', ['-c', 'echo ready; exec sleep 300'], {
    env: { ...process.env, BROOD_COOKIE: `${nodeHost().hostId}:tree:attached:/web:1` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  expect(await findLeaks()).toEqual([`${child.pid} (sleep 300)`])
  expect(await exited).toEqual([null, 'SIGKILL'])
  expect(await findLeaks()).toEqual([])
})
