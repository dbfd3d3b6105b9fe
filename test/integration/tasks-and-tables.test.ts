import { expect, test } from 'vitest'
import { superviseTable, type Runnable, type TableRow } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { supervise } from './support/supervise.ts'
import { whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

test('a task and a process take turns on the real system: order, restart, record', async () => {
  const log: string[] = []
  let failures = 1
  const listen: Runnable = async (scope, ready) => {
    log.push('begins')
    await Promise.all([
      ready(scope),
      new Promise<void>((resolve, reject) => {
        if (failures-- > 0) setImmediate(() => reject(new Error('lost the line')))
        else resolve()
      }),
    ])
    log.push('ends')
  }
  const { supervisor, child, event, of } = supervise({
    children: [
      { id: 'db', ...zoo('graceful'), ...whenReady },
      { id: 'job', kind: 'task', run: listen, after: ['db'], restart: { type: 'transient', backoff: { minMs: 0 } } },
    ],
  })
  await supervisor.start()
  expect(await event('process.exited', 'job')).toMatchObject({ data: { pid: null, code: 1, message: 'lost the line' } })
  await event('child.ready', 'job', 2)
  expect(child('job').view).toMatchObject({ kind: 'task', state: 'running', incarnation: 2 })
  await supervisor.stop()
  expect(log).toEqual(['begins', 'begins', 'ends'])
  expect(of('child.stopped').map(({ child: id }) => id)).toEqual(['job', 'db'])
})

test('a table of real processes is kept in step with its rows, and gone after the run', async () => {
  const rows = new Map<string, TableRow>([
    ['keeps', { ...zoo('graceful'), ...whenReady }],
    ['goes', { ...zoo('graceful'), ...whenReady }],
  ])
  const { supervisor, child, event } = supervise({})
  await supervisor.start()
  const table = { get: (key: string) => rows.get(key), entries: () => rows.entries() }
  const services = superviseTable(supervisor, table, { reconcileMs: 20, startupMs: Infinity })

  const pids = await services.run(async () => {
    const [keeps, goes] = [child('keeps').view.pid ?? 0, child('goes').view.pid ?? 0]
    expect(isAlive(keeps) && isAlive(goes)).toBe(true)
    rows.delete('goes')
    rows.set('comes', { ...zoo('graceful'), ...whenReady })
    await event('child.removed', 'goes')
    expect(isAlive(goes)).toBe(false)
    await event('child.ready', 'comes')
    const comes = (await services.get('comes')).view.pid ?? 0
    process.kill(keeps, 'SIGKILL')
    await event('child.ready', 'keeps', 2)
    return [keeps, goes, comes, child('keeps').view.pid ?? 0]
  })
  expect(pids.map((pid) => isAlive(pid))).toEqual([false, false, false, false])
  expect(supervisor.children()).toEqual([])
})
