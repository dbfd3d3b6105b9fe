import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import { parseGroup, parsePasswd } from '../../../src/os/users/account-files.ts'
import { commandFault } from '../../../src/os/users/find-command.ts'
import { findSetpriv } from '../../../src/os/users/find-setpriv.ts'
import { holdBack } from '../../../src/os/users/loader-variables.ts'
import { resolveUser } from '../../../src/os/users/resolve-user.ts'
import { createUserDatabase } from '../../../src/os/users/user-database.ts'
import { userEnvironment } from '../../../src/os/users/user-environment.ts'
import { createUserSwitch, type UserSwitchParts } from '../../../src/os/users/user-switch.ts'
import type { ProcessUser } from '../../../src/ports.ts'

const folder = mkdtempSync(join(tmpdir(), 'brood-users-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string, mode = 0o644): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const passwd = `root:x:0:0:root:/root:/bin/bash
# a comment: not an account
+::::::
ada:x:1815:1000:Ada,,,:/home/ada:/bin/zsh

ada:x:9:9::/second:/bin/sh
clone:x:1815:7::/clone:/bin/sh
bare:x:1816:1000:::
broken:x:abc:0::/:/bin/sh
negative:x:-1:0::/:/bin/sh
huge:x:4294967294:0::/:/bin/sh
short:x:1
`
const group = `root:x:0:
users:x:1000:ada,bare
audio:x:29:ada
video:x:44:grace,ada
twin:x:29:ada
adamant:x:50:adam
`

const files = { passwd: file('passwd', passwd), group: file('group', group) }
const database = createUserDatabase(files)
const resolve = (user: ProcessUser) => resolveUser(user, database)

test('accounts are read as glibc reads them, and what is none is passed over', () => {
  expect(parsePasswd(passwd).map(({ name }) => name)).toEqual(['root', 'ada', 'ada', 'clone', 'bare'])
  expect(parsePasswd('bare:x:1:2:::')).toEqual([{ name: 'bare', uid: 1, gid: 2, home: '/', shell: '/bin/sh' }])
  expect(parseGroup('a:x:1:\nb:x:2:x,,y\nc:x:z:q\n-d:x:4:q')).toEqual([
    { gid: 1, members: [] },
    { gid: 2, members: ['x', 'y'] },
  ])
})

test('a name brings its group, its other groups once each, and its variables', () => {
  expect(resolve('ada')).toEqual({
    uid: 1815,
    gid: 1000,
    groups: [29, 44],
    variables: { HOME: '/home/ada', USER: 'ada', LOGNAME: 'ada', SHELL: '/bin/zsh' },
  })
})

test('a uid alone is the first account with it: it never keeps the group of the host', () => {
  expect(resolve({ uid: 1815 })).toEqual(resolve('ada'))
})

test('a uid with a gid is these two, without the groups of an account', () => {
  expect(resolve({ uid: 1815, gid: 44 })).toMatchObject({ uid: 1815, gid: 44, groups: [] })
  expect(resolve({ uid: 1815, gid: 44 }).variables).toEqual(resolve('ada').variables)
  expect(resolve({ uid: 4711, gid: 4711 })).toEqual({ uid: 4711, gid: 4711, groups: [], variables: { HOME: '/' } })
})

test.each<ProcessUser>(['nobody here', 'broken', 'huge', '+', '1815', { uid: 4711 }])(
  '%j is an unknown user',
  (user) => {
    expect(() => resolve(user)).toThrow(expect.objectContaining({ code: 'ERR_USER_NOT_FOUND' }))
  },
)

test('an account that is added is found without a restart, one that is taken out is not', () => {
  const changing = { passwd: file('passwd2', ''), group: file('group2', '') }
  const live = createUserDatabase(changing)
  expect(live.named('new')).toBeUndefined()
  // As vipw and useradd do it: a new file in the place of the old.
  renameSync(file('passwd2+', 'new:x:7:7::/:/bin/sh\n'), changing.passwd)
  writeFileSync(changing.group, 'late:x:8:new\n')
  expect(live.named('new')?.uid).toBe(7)
  expect(live.groupsOf('new')).toEqual([8])
  rmSync(changing.passwd)
  expect(live.named('new')).toBeUndefined()
})

test('files that are not there are empty, files that cannot be read are an error', () => {
  const none = createUserDatabase({ passwd: join(folder, 'none'), group: join(folder, 'none') })
  expect([none.named('root'), none.withUid(0), none.groupsOf('root')]).toEqual([undefined, undefined, []])
  const broken = createUserDatabase({ passwd: folder, group: folder })
  expect(() => broken.named('root')).toThrow(expect.objectContaining({ code: 'EISDIR' }))
})

test("what is the host's own does not reach another user", () => {
  const host = { HOME: '/root', USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash', PATH: '/bin', LANG: 'C' }
  expect(userEnvironment(host, { HOME: '/' })).toEqual({ HOME: '/', PATH: '/bin', LANG: 'C' })
  expect(userEnvironment(host, resolve('ada').variables)).toMatchObject({
    HOME: '/home/ada',
    USER: 'ada',
    PATH: '/bin',
  })
})

const all = { start: true, signal: true, inspect: true }
const parts: UserSwitchParts = {
  database,
  setpriv: () => '/bin/setpriv',
  privileges: () => all,
  own: () => [0, 0, 0, 0],
}
const plan = (user: ProcessUser, changed: Partial<UserSwitchParts> = {}, fixedName = false) =>
  createUserSwitch({ ...parts, ...changed })(user, fixedName)

test('without supplementary groups Node switches, with them setpriv does', () => {
  expect(plan({ uid: 7, gid: 7 })).toEqual({
    ids: { uid: 7, gid: 7 },
    variables: { HOME: '/' },
    shortfalls: [],
  })
  const { ids, launcher, lander } = plan('ada')
  expect(ids).toBeUndefined()
  const given = '--reuid 1815 --regid 1000 --groups 1000,29,44'
  expect(launcher?.join(' ')).toBe(`/bin/setpriv ${given} --inh-caps=-all --ambient-caps=-all --`)
  expect(lander).toEqual(['/bin/setpriv', '--'])
})

test.each([
  { why: 'there is no setpriv', changed: { setpriv: () => undefined }, fixedName: false, told: /setpriv/ },
  { why: 'argv0 is wanted', changed: {}, fixedName: true, told: /argv0/ },
])('groups are dropped where $why, and that is told', ({ changed, fixedName, told }) => {
  const { ids, launcher, shortfalls } = plan('ada', changed, fixedName)
  expect([ids, launcher]).toEqual([{ uid: 1815, gid: 1000 }, undefined])
  expect(shortfalls).toEqual([expect.stringMatching(told)])
  expect(shortfalls[0]).toContain('(29, 44)')
  // Who has no groups loses none.
  expect(plan({ uid: 7, gid: 7 }, changed, fixedName).shortfalls).toEqual([])
})

test.each([{ start: false }, { signal: false }])(
  'what may not be started, or not be ended, is not started: %j',
  (lack) => {
    expect(() => plan('ada', { privileges: () => ({ ...all, ...lack }) })).toThrow(
      expect.objectContaining({ code: 'EPERM' }),
    )
  },
)

test('a process whose environment cannot be read is started, and what that means is told', () => {
  const blind = plan('ada', { privileges: () => ({ ...all, inspect: false }) })
  expect(blind.shortfalls).toEqual([expect.stringContaining('CAP_SYS_PTRACE')])
})

test('its own user may be anybody’s, and needs no privilege', () => {
  const unprivileged = { privileges: () => ({ start: false, signal: false, inspect: false }) }
  expect(plan('ada', { ...unprivileged, own: () => [1815, 1815, 1000, 1000] })).toEqual({
    variables: resolve('ada').variables,
    shortfalls: [],
  })
  // A program that is setuid is not yet whom it was made by.
  expect(() => plan('ada', { ...unprivileged, own: () => [1815, 0, 1000, 0] })).toThrow()
  expect(() => plan('ada', { ...unprivileged, own: () => [1815, 1815, 29, 29] })).toThrow()
})

test('a platform without users says so', () => {
  try {
    plan('ada', { own: () => undefined })
    expect.unreachable()
  } catch (error) {
    expect(isBroodError(error, 'ERR_UNSUPPORTED')).toBe(true)
  }
})

test('what would load code into a launcher is held back from it, and nothing else', () => {
  const env = {
    PATH: '/bin',
    LD_PRELOAD: '/x.so',
    LD_LIBRARY_PATH: '',
    GLIBC_TUNABLES: 'a=b',
    LDFLAGS: '-l',
    MY_LD_: '1',
  }
  expect(holdBack(env)).toEqual({
    harmless: { PATH: '/bin', LDFLAGS: '-l', MY_LD_: '1' },
    held: ['LD_PRELOAD=/x.so', 'LD_LIBRARY_PATH=', 'GLIBC_TUNABLES=a=b'],
  })
})

test('setpriv is looked for in absolute folders only, and no part of busybox is taken for it', () => {
  const [whole, part] = [join(folder, 'whole'), join(folder, 'part')]
  for (const bin of [whole, part]) mkdirSync(bin)
  file('whole/setpriv', '#!/bin/sh\n', 0o755)
  symlinkSync(file('part/busybox', '#!/bin/sh\n', 0o755), join(part, 'setpriv'))
  expect(findSetpriv(`${part}:.::${whole}`)).toBe(join(whole, 'setpriv'))
  expect(findSetpriv(part)).toBeUndefined()
  expect(findSetpriv('')).toBeUndefined()
})

test('a command is looked up as execvp would', () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  file('bin/tool', '#!/bin/sh\n', 0o755)
  file('bin/text', 'text')
  mkdirSync(join(bin, 'directory'))
  const fault = (command: string, path: string | undefined = bin) => commandFault(command, path, folder)
  expect(fault('tool')).toBeUndefined()
  expect(fault('tool', `/nowhere:${bin}`)).toBeUndefined()
  expect(fault('tool', 'bin')).toBeUndefined()
  expect(fault('bin/tool')).toBeUndefined()
  expect(fault('./tool')).toBe('ENOENT')
  expect(commandFault('sh', undefined)).toBeUndefined()
  expect(fault('missing')).toBe('ENOENT')
  expect(fault('text')).toBe('EACCES')
  expect(fault('text', `${bin}:/nowhere`)).toBe('EACCES')
  expect(fault(join(bin, 'directory'))).toBe('EACCES')
  expect(fault(join(bin, 'text', 'x'))).toBe('ENOTDIR')
})
