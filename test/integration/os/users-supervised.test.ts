import { expect } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import { createGuard } from '../../../src/os/guard.ts'
import { createHost } from '../../../src/os/host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { readPrivileges } from '../../../src/os/users/privileges.ts'
import { createUserSwitch } from '../../../src/os/users/user-switch.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { allDead, pidsIn, runHost } from '../support/run-host.ts'
import { recordOf, rejection, supervise } from '../support/supervise.ts'
import { sh } from '../support/zoo.ts'
import { processes } from '../processes/support.ts'
import { asRoot, sayWhatIsSkipped } from './users-support.ts'

expectNoLeaks()
sayWhatIsSkipped('supervised processes of other users')

// The programs are texts: another user may not be able to read a file of this checkout.
const ready = { ready: { line: 'ready' } } as const
const family = sh(
  'sleep 300 & echo "pid $!"; setsid sh -c \'echo "pid $$"; echo ready; exec sleep 300 >/dev/null 2>&1\' & wait',
)

asRoot('a child of another user lives, is restarted and is stopped with all of it', async () => {
  const told = supervise({ children: [{ id: 'web', ...family, ...ready, user: 'nobody' }] })
  await told.supervisor.start()
  const first = await told.pids('web', 2)
  await told.child('web').restart()
  await allDead(first)
  const pids = await told.pids('web', 4)
  expect(pids.filter(isAlive)).toHaveLength(2)
  const { survivors } = await told.supervisor.stop()
  expect(survivors).toEqual([])
  await allDead(pids)
  const added = (await recordOf(told.supervisor)).find((event) => event.type === 'child.added')
  expect(added?.data.spec).toMatchObject({ user: 'nobody' })
})

asRoot('an unknown user rejects the start with its code, and is on record', async () => {
  const told = supervise({ children: [{ id: 'web', command: 'true', user: 'nobody-knows' }] })
  const error = await rejection(told.supervisor.start())
  expect(isBroodError(error, 'ERR_USER_NOT_FOUND')).toBe(true)
  expect(error).toMatchObject({ child: 'web', message: expect.stringContaining('nobody-knows') })
  expect(told.of('process.spawnFailed')[0]?.data).toMatchObject({ code: 'ERR_USER_NOT_FOUND' })
})

asRoot('supplementary groups that are dropped are on record, once', async () => {
  const account = { name: 'ada', uid: 61_815, gid: 61_000, home: '/home/ada', shell: '/bin/sh' }
  const switchUser = createUserSwitch({
    database: { named: () => account, withUid: () => account, groupsOf: () => [61_029] },
    setpriv: () => undefined,
    privileges: readPrivileges,
    own: () => [0, 0, 0, 0],
  })
  const host = createHost({ random: systemRandom, kernel: realKernel(), createGuard, switchUser })
  const groups = { ...sh('id -G; echo ready; exec sleep 300'), ...ready, user: 'ada' }
  const told = supervise({ ports: { host }, children: [{ id: 'web', ...groups }] })
  await told.supervisor.start()
  await told.child('web').restart()
  expect(told.said('web')).toEqual(['61000', 'ready', '61000', 'ready'])
  expect(told.of('containment.reported').map(({ data }) => data)).toEqual([
    { subject: 'user', message: expect.stringContaining('without its supplementary groups (61029)') },
  ])
})

asRoot('nothing of another user survives a host that is killed -9, if it is tethered', async () => {
  const deaf = sh("trap '' TERM; echo ready; while :; do sleep 300; done")
  const whose = { ...ready, user: 'nobody', lifetime: 'tethered', stop: { killTimeoutMs: 100 } }
  const children = [
    { id: 'family', ...family, ...whose },
    { id: 'deaf', ...deaf, ...whose },
  ]
  const host = runHost('starts', { supervisor: { children }, pids: { family: 2 } })
  const pids = pidsIn(await host.hears('started'))
  expect(pids.filter(isAlive)).toHaveLength(4)
  await host.killed()
  await allDead(pids)
})

asRoot('a process without a supervisor has the user that was asked for, too', async () => {
  const { stdout } = await processes.runProcess({ ...sh('id -u; id -g'), user: { uid: 61_999, gid: 61_998 } })
  expect(stdout).toBe('61999\n61998\n')
})
