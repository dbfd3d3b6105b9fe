import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createHost } from '../../../src/os/host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { findSetpriv } from '../../../src/os/users/find-setpriv.ts'
import { readPrivileges } from '../../../src/os/users/privileges.ts'
import { createUserDatabase } from '../../../src/os/users/user-database.ts'
import { createUserSwitch, switchUser, type UserSwitchParts } from '../../../src/os/users/user-switch.ts'
import type { HostReport, ProcessSession } from '../../../src/ports.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { asRoot, sayWhatIsSkipped } from './users-support.ts'
import { isRunning, kindsOf, launch, linesOf, sh, untilEnded } from './watched-life.ts'

expectNoLeaks()
sayWhatIsSkipped('processes of other users')

const folder = mkdtempSync(join(tmpdir(), 'brood-users-'))
// Its owner alone may enter what mkdtemp makes.
chmodSync(folder, 0o755)
/** Here everybody may write. */
const open = join(folder, 'open')
mkdirSync(open)
chmodSync(open, 0o1777)

/** Users that no machine has: one in two groups beside its own, one in none. */
const [ADA, BOB, GROUP, AUDIO, VIDEO] = [61_815, 61_816, 61_000, 61_029, 61_044]
const files = { passwd: join(folder, 'passwd'), group: join(folder, 'group') }
writeFileSync(files.passwd, `ada:x:${ADA}:${GROUP}::/home/ada:/bin/zsh\nbob:x:${BOB}:${GROUP}::/home/bob:/bin/sh\n`)
writeFileSync(files.group, `staff:x:${GROUP}:\naudio:x:${AUDIO}:ada\nvideo:x:${VIDEO}:ada\n`)

const { geteuid, getuid, getgid, getegid } = process
const real: UserSwitchParts = {
  database: createUserDatabase(files),
  setpriv: findSetpriv,
  privileges: readPrivileges,
  own: () => [getuid?.() ?? -1, geteuid?.() ?? -1, getgid?.() ?? -1, getegid?.() ?? -1],
}
const reports: HostReport[] = []
const createGuard = () => ({ add: () => {}, remove: () => {}, close: () => {} })
const sessions: ProcessSession[] = []

function sessionOf(parts: Partial<UserSwitchParts> = {}): ProcessSession {
  const become = createUserSwitch({ ...real, ...parts })
  const host = createHost({ random: systemRandom, kernel: realKernel(), createGuard, switchUser: become })
  const session = host.open({ treeId: 'users', report: (report) => void reports.push(report) })
  sessions.push(session)
  return session
}
const session = sessionOf()

beforeEach(() => void reports.splice(0))
afterAll(() => {
  for (const opened of sessions) opened.close()
  rmSync(folder, { recursive: true })
})

const identity = sh('id -u; id -g; id -G')

asRoot('a user without other groups is switched to by Node: uid, group, and no group of the host', async () => {
  const watched = launch(session, { ...identity, user: 'bob' })
  await watched.until('drained')
  expect(linesOf(watched)).toEqual([`${BOB}`, `${GROUP}`, `${GROUP}`])
  expect(reports).toEqual([])
})

asRoot('negative control: a bare spawn with a uid keeps group 0 and the home of the host', () => {
  const env = { PATH: process.env['PATH'], HOME: '/host' }
  const { stdout } = spawnSync('sh', ['-c', 'id -g; echo $HOME'], { uid: BOB, env, encoding: 'utf8' })
  expect(stdout).toBe('0\n/host\n')
})

asRoot('a user in other groups has them, by setpriv, under the pid that was told', async () => {
  const watched = launch(session, { ...sh('echo $$; id -u; id -g; id -G'), user: 'ada' })
  const { pid } = await watched.until('spawned')
  await watched.until('drained')
  expect(linesOf(watched)).toEqual([`${pid}`, `${ADA}`, `${GROUP}`, `${GROUP} ${AUDIO} ${VIDEO}`])
  expect(reports).toEqual([])
})

asRoot('without setpriv the other groups are dropped, which is told once', async () => {
  const plain = sessionOf({ setpriv: () => undefined })
  for (let life = 0; life < 2; life += 1) {
    const watched = launch(plain, { ...identity, user: 'ada' })
    await watched.until('drained')
    expect(linesOf(watched)).toEqual([`${ADA}`, `${GROUP}`, `${GROUP}`])
  }
  const message = expect.stringContaining(`without its supplementary groups (${AUDIO}, ${VIDEO})`)
  expect(reports).toEqual([{ subject: 'user', message }])
})

asRoot('a uid alone has the group of its account, a uid with a gid is these two', async () => {
  for (const [user, ids] of [
    [{ uid: ADA }, [`${ADA}`, `${GROUP}`, `${GROUP} ${AUDIO} ${VIDEO}`]],
    [{ uid: ADA, gid: VIDEO }, [`${ADA}`, `${VIDEO}`, `${VIDEO}`]],
    [{ uid: 61_999, gid: 61_998 }, ['61999', '61998', '61998']],
  ] as const) {
    const watched = launch(session, { ...identity, user })
    await watched.until('drained')
    expect(linesOf(watched)).toEqual(ids)
  }
})

test.for(['nobody-knows', { uid: 61_999 }] as const)('%j is told as unknown, and nothing is started', async (user) => {
  const marker = join(folder, 'started')
  const watched = launch(session, { command: 'touch', args: [marker], user })
  const failure = await watched.until('spawnFailed')
  expect(failure).toMatchObject({ code: 'ERR_USER_NOT_FOUND', message: expect.stringContaining('`touch`') })
  expect(kindsOf(watched)).toEqual(['spawnFailed'])
  expect(existsSync(marker)).toBe(false)
})

const variables = sh('for name in HOME USER LOGNAME SHELL LANG; do eval "echo $name=\\${$name-none}"; done')

asRoot("the host's personal variables are the user's, and what is given wins", async () => {
  const saved = { ...process.env }
  onTestFinished(() => void Object.assign(process.env, saved))
  Object.assign(process.env, { HOME: '/host', USER: 'host', LOGNAME: 'host', SHELL: '/bin/host', LANG: 'C' })
  for (const user of ['ada', 'bob'] as const) {
    const watched = launch(session, { ...variables, user, env: { SHELL: '/mine' } })
    await watched.until('drained')
    expect(linesOf(watched)).toEqual([`HOME=/home/${user}`, `USER=${user}`, `LOGNAME=${user}`, 'SHELL=/mine', 'LANG=C'])
  }
  const stranger = launch(session, { ...variables, user: { uid: 61_999, gid: 61_999 } })
  await stranger.until('drained')
  expect(linesOf(stranger)).toEqual(['HOME=/', 'USER=none', 'LOGNAME=none', 'SHELL=none', 'LANG=C'])
})

asRoot('a replaced environment stays exactly what was given', async () => {
  for (const user of ['ada', 'bob']) {
    const watched = launch(session, { command: '/usr/bin/env', user, env: { A: '1' }, envMode: 'replace' })
    await watched.until('drained')
    expect(linesOf(watched).map((line) => line.replace(/=.*/, ''))).toEqual(['A', 'BROOD_COOKIE'])
  }
})

asRoot('shell text, arguments and names are what they would be without a user', async () => {
  for (const user of ['ada', 'bob']) {
    const shell = launch(session, { command: 'id -u && echo "$0"', shell: true, user })
    const plain = launch(session, { command: 'printf', args: ['%s|', '--reuid', '-x', '', 'a b', '$HOME'], user })
    const named = launch(session, { ...sh('tr "\\0" "\\n" < /proc/$$/cmdline | head -n 1'), argv0: 'other', user })
    await Promise.all([shell, plain, named].map((each) => each.until('drained')))
    expect(linesOf(shell)).toEqual([`${user === 'ada' ? ADA : BOB}`, '/bin/sh'])
    expect(linesOf(plain)).toEqual(['--reuid|-x||a b|$HOME|'])
    expect(linesOf(named)).toEqual(['other'])
  }
})

asRoot('a command that cannot be run is the same failed start as without a user', async () => {
  const plain = join(folder, 'plain')
  writeFileSync(plain, 'text')
  // A PATH that everybody may read: of one with a folder of root's the kernel says EACCES for what it cannot look for.
  const env = { PATH: '/usr/bin:/bin' }
  for (const user of [undefined, 'ada', 'bob']) {
    for (const [command, errno] of [
      ['brood-no-such-command', 'ENOENT'],
      [join(folder, 'nowhere/x'), 'ENOENT'],
      [plain, 'EACCES'],
    ] as const) {
      const failure = await launch(session, { command, env, ...(user !== undefined && { user }) }).until('spawnFailed')
      expect(failure).toMatchObject({ code: 'ERR_SPAWN_FAILED', errno })
    }
  }
})

/** A program that its owner, root, may run, and nobody else. */
function privateProgram(): string {
  const program = join(folder, 'private')
  copyFileSync('/bin/true', program)
  chmodSync(program, 0o700)
  return program
}

asRoot(
  'what only the user may not run is a failed start with Node, and 126 with setpriv, with its reason',
  async () => {
    const command = privateProgram()
    expect(await launch(session, { command, user: 'bob' }).until('spawnFailed')).toMatchObject({ errno: 'EACCES' })
    const watched = launch(session, { command, user: 'ada' })
    expect(await watched.until('exited')).toEqual({ kind: 'exited', code: 126, signal: null })
    await watched.until('drained')
    expect(linesOf(watched, 'stderr').join()).toContain('Permission denied')
  },
)

asRoot('negative control: one setpriv alone still has the powers of root when it looks for the program', () => {
  const ids = ['--reuid', `${ADA}`, '--regid', `${GROUP}`, '--groups', `${GROUP}`]
  expect(spawnSync(findSetpriv() ?? '', [...ids, '--', privateProgram()]).status).toBe(0)
})

/** Whose files the loader has written: it does so before a program's first instruction, as whoever it then is. */
function ownersOfTraces(name: string): readonly number[] {
  return readdirSync(open).flatMap((file) => (file.startsWith(name) ? [statSync(join(open, file)).uid] : []))
}
const tracing = (name: string) => ({ LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: join(open, name) })

asRoot('variables of the loader take effect for the user alone, never for root on the way there', async () => {
  for (const [user, uid] of [
    ['ada', ADA],
    ['bob', BOB],
  ] as const) {
    const env = { ...tracing(user), A: '1' }
    const watched = launch(session, { command: 'printenv', args: ['LD_DEBUG', 'A'], user, env })
    await watched.until('drained')
    expect(linesOf(watched)).toEqual(['libs', '1'])
    expect(ownersOfTraces(user)).toEqual([uid])
  }
})

asRoot('negative control: a launcher that is given them obeys them as root', () => {
  const env = { ...process.env, ...tracing('control') }
  spawnSync(findSetpriv() ?? '', ['--reuid', `${ADA}`, '--clear-groups', '--', 'true'], { env })
  expect(ownersOfTraces('control')).toEqual([0])
})

asRoot('no capability of the host reaches another user', async () => {
  for (const user of ['ada', 'bob']) {
    const watched = launch(session, {
      command: 'grep',
      args: ['-E', 'Cap(Inh|Prm|Eff|Amb)', '/proc/self/status'],
      user,
    })
    await watched.until('drained')
    expect(linesOf(watched).map((line) => line.replace(/\s+/, ' '))).toEqual(
      ['Inh', 'Prm', 'Eff', 'Amb'].map((set) => `Cap${set}: 0000000000000000`),
    )
  }
})

asRoot('a group of another user is signalled, waited for and swept like any other', async () => {
  for (const user of ['ada', 'bob']) {
    const script = 'sleep 1000 & echo "member $!"; setsid sh -c "echo escapee \\$\\$; exec sleep 1000" & wait'
    const watched = launch(session, { ...sh(script), user })
    const member = Number((await watched.line(/^member (\d+)/))[1])
    const escapee = Number((await watched.line(/^escapee (\d+)/))[1])
    expect(await watched.survivors()).toContain(member)
    expect(await watched.signal('SIGTERM')).toBe(true)
    expect(await watched.until('escapee')).toMatchObject({ identity: { pid: escapee }, delivered: true })
    await watched.until('swept')
    await Promise.all([member, escapee].map((pid) => untilEnded(pid)))
    expect([member, escapee].some((pid) => isRunning(pid))).toBe(false)
  }
})

asRoot('without the privilege it is EPERM, told clearly, and nothing is started', async () => {
  const session2 = sessionOf()
  const marker = join(folder, 'unprivileged')
  // As for a host that is not root: without an effective uid 0 the capabilities are not effective either.
  process.seteuid?.(BOB)
  try {
    for (const user of ['ada', { uid: 61_999, gid: 61_999 }] as const) {
      const failure = await launch(session2, { command: 'touch', args: [marker], user }).until('spawnFailed')
      expect(failure).toMatchObject({ code: 'ERR_SPAWN_FAILED', errno: 'EPERM' })
      expect(failure.message).toMatch(/may not run \(and end\) processes of (the user `ada`|uid 61999 with gid 61999)/)
    }
  } finally {
    process.seteuid?.(0)
  }
  expect(existsSync(marker)).toBe(false)
})

test('being asked to run as who it is changes nothing, and takes no privilege', async () => {
  const [uid = -1, gid = -1] = [getuid?.(), getgid?.()]
  const own = sessionOf({ privileges: () => ({ start: false, signal: false, inspect: false }) })
  const watched = launch(own, { ...sh('id -u; id -g'), user: { uid, gid } })
  await watched.until('drained')
  expect(linesOf(watched)).toEqual([`${uid}`, `${gid}`])
})

asRoot('a process that runs as this machine’s own `nobody` is that of its database', async () => {
  const account = createUserDatabase().named('nobody')
  const machine = createHost({ random: systemRandom, kernel: realKernel(), createGuard, switchUser })
  const opened = machine.open({ treeId: 'machine', report: () => {} })
  sessions.push(opened)
  const watched = launch(opened, { ...sh('id -u; id -g; echo $HOME'), user: 'nobody' })
  await watched.until('drained')
  expect(linesOf(watched)).toEqual([`${account?.uid}`, `${account?.gid}`, account?.home])
})
