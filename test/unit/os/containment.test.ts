import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cgroupBases } from '../../../src/os/containment/cgroup-base.ts'
import { cgroupAt } from '../../../src/os/containment/cgroup-directory.ts'
import { createContainments } from '../../../src/os/containment/containments.ts'
import type { Enclosure } from '../../../src/os/containment/enclosure.ts'
import { createEnclosureWatch } from '../../../src/os/containment/enclosure-watch.ts'
import { findMirror } from '../../../src/os/containment/find-mirror.ts'
import { pidnsEnclosure } from '../../../src/os/containment/pidns-enclosure.ts'
import { probePidns } from '../../../src/os/containment/probe-pidns.ts'
import { cgroupPrefix, removeStaleCgroups } from '../../../src/os/containment/stale-cgroups.ts'
import { throughShell } from '../../../src/os/containment/through-shell.ts'
import { stageKernel } from './staged-kernel.ts'

const folder = mkdtempSync(join(tmpdir(), 'brood-containment-'))
afterAll(() => rmSync(folder, { recursive: true }))

const v2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw'
const hybrid = [
  '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
  '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
].join('\n')

test.each([
  [
    'below its own cgroup, else at the top',
    v2,
    '0::/user.slice/a.scope\n',
    ['/sys/fs/cgroup/user.slice/a.scope', '/sys/fs/cgroup'],
  ],
  ['beside version 1', hybrid, '4:memory:/x\n0::/\n', ['/sys/fs/cgroup/unified']],
  [
    'where a part is mounted',
    v2.replace(' / /sys', ' /pod /sys'),
    '0::/pod/me\n',
    ['/sys/fs/cgroup/me', '/sys/fs/cgroup'],
  ],
  ['where its own is not in what is mounted', v2.replace(' / /sys', ' /pod /sys'), '0::/else\n', ['/sys/fs/cgroup']],
  ['with blanks in the path', v2.replace('/sys/fs/cgroup', '/my\\040groups'), '0::/\n', ['/my groups']],
  ['without version 2', hybrid.split('\n').slice(0, 2).join('\n'), '4:memory:/x\n', []],
])('cgroups are made %s', (_, mountinfo, own, bases) => {
  expect(cgroupBases(mountinfo, own)).toEqual(bases)
})

test('a cgroup that cannot be looked at is not empty, one that is no more is', () => {
  const at = (name: string, events?: string) => {
    mkdirSync(join(folder, name))
    if (events !== undefined) writeFileSync(join(folder, name, 'cgroup.events'), events)
    return cgroupAt(join(folder, name))
  }
  expect(at('populated', 'populated 1\nfrozen 0\n').isEmpty()).toBe(false)
  expect(at('unpopulated', 'populated 0\nfrozen 0\n').isEmpty()).toBe(true)
  expect(at('garbled', '').isEmpty()).toBe(false)
  mkdirSync(join(folder, 'unreadable', 'cgroup.events'), { recursive: true })
  expect(cgroupAt(join(folder, 'unreadable')).isEmpty()).toBe(false)
  expect(cgroupAt(join(folder, 'nowhere')).isEmpty()).toBe(true)
})

test('where there is no cgroup.kill everybody in it, and below it, is killed one by one', async () => {
  const sleepers = [1, 2].map(() => spawn('sleep', ['300'], { stdio: 'ignore' }))
  const path = join(folder, 'old')
  mkdirSync(join(path, 'below'), { recursive: true })
  writeFileSync(join(path, 'cgroup.procs'), `${sleepers[0]?.pid}\n`)
  writeFileSync(join(path, 'below', 'cgroup.procs'), `${sleepers[1]?.pid}\n`)
  const ends = sleepers.map((sleeper) => once(sleeper, 'exit'))
  expect(cgroupAt(path).pids()).toEqual(sleepers.map(({ pid }) => pid))
  cgroupAt(path).kill()
  expect(await Promise.all(ends)).toEqual([
    [null, 'SIGKILL'],
    [null, 'SIGKILL'],
  ])
})

test('of what hosts left only the empty cgroups of dead ones of this PID namespace are removed', () => {
  const kernel = stageKernel()
  kernel.put({ pid: 200, startTicks: 7 })
  const [ours] = /^brood-\d+-/.exec(cgroupPrefix(kernel)) ?? []
  const base = join(folder, 'stale')
  const kept = [`${ours}200-7-1`, `${ours}300-1-3`, 'brood-1-300-1-2', 'other']
  for (const name of [...kept, `${ours}200-8-1`, `${ours}300-1-2`]) mkdirSync(join(base, name), { recursive: true })
  writeFileSync(join(base, `${ours}300-1-3`, 'cgroup.events'), 'populated 1\n')
  removeStaleCgroups(kernel, base)
  expect(readdirSync(base)).toEqual(kept.toSorted())
})

test('an init with another start is none, and gets no signal', () => {
  const kernel = stageKernel()
  kernel.put({ pid: 50, startTicks: 8 })
  const enclosure = (startTicks: number) =>
    pidnsEnclosure(kernel, { pid: 50, startTicks, dead: false, pgrp: 1, session: 1 }, () => {})
  expect(enclosure(7).isEmpty()).toBe(true)
  enclosure(7).kill()
  expect(kernel.signals).toEqual([])
  expect(enclosure(8).isEmpty()).toBe(false)
  expect(enclosure(8).keeper).toBe('50:8')
  enclosure(8).kill()
  expect(kernel.signals).toEqual(['50 SIGKILL'])
  expect(enclosure(8).isEmpty()).toBe(true)
})

test('an enclosure is killed until it is empty; one that withstands is told of, once', async () => {
  let kills = 0
  const told: string[] = []
  const enclosure: Enclosure = {
    keeper: '',
    kill: () => kills++,
    isEmpty: () => kills > 16,
    membersAmong: () => [],
    release() {},
    releaseAtExit() {},
  }
  await new Promise<void>((resolve) => {
    createEnclosureWatch().add(enclosure, {
      stubborn: () => told.push('stubborn'),
      empty() {
        told.push('empty')
        resolve()
      },
    })
    expect(kills).toBe(1)
  })
  expect(told).toEqual(['stubborn', 'empty'])
})

test('what a shell would change goes past it', () => {
  const { harmless, setting, absent } = throughShell({
    A: '1',
    'b.c': '2',
    PWD: '/x',
    IFS: ' ',
    LD_PRELOAD: 'y',
    D: undefined,
  })
  expect(harmless).toEqual({ A: '1' })
  expect(absent).toEqual(['OLDPWD', 'SHLVL', '_'])
  expect(setting).toEqual([
    '/usr/bin/env',
    '-u',
    'OLDPWD',
    '-u',
    'SHLVL',
    '-u',
    '_',
    'LD_PRELOAD=y',
    'b.c=2',
    'PWD=/x',
    'IFS= ',
  ])
})

test('each level is probed once, at the first use', () => {
  const kernel = stageKernel()
  let probes = 0
  const probe = () => {
    probes++
    return { missing: 'something' }
  }
  const containments = createContainments(kernel, { pidns: probe, cgroup: probe })
  expect(probes).toBe(0)
  expect(containments('pidns')).toEqual({ possible: false, missing: 'something' })
  expect(containments('pidns')).toBe(containments('pidns'))
  expect(probes).toBe(1)
  containments('cgroup')
  expect(probes).toBe(2)
  kernel.bootId = null
  expect(createContainments(kernel, { pidns: probe, cgroup: probe })('cgroup')).toMatchObject({
    missing: 'there is no readable /proc',
  })
})

test('a tool is only what does what it is needed for', () => {
  const bin = (name: string, tools: Readonly<Record<string, string>>) => {
    mkdirSync(join(folder, name))
    for (const [tool, script] of Object.entries(tools)) {
      writeFileSync(join(folder, name, tool), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder, name, tool), 0o755)
    }
    return join(folder, name)
  }
  expect(findMirror(folder)).toBeUndefined()
  // As a shell does, and the unshare of util-linux 2.38 with SIGKILL.
  const shell = bin('shell', { unshare: 'shift 3; "$@"; exit $?' })
  expect(findMirror(shell)).toBeUndefined()
  const timeout = bin('timeout', { timeout: 'shift 2; exec "$@"' })
  expect(findMirror(`${shell}:${timeout}`)).toEqual([join(timeout, 'timeout'), '--foreground', '0'])
  expect(probePidns(folder)).toEqual({ missing: expect.stringContaining('unshare(1), setsid(1) and setpriv(1)') })
  const refused = bin('refused', {
    unshare: '[ "$1" = --fork ] && exit; echo "unshare failed: Operation not permitted" >&2; exit 1',
    setsid: '',
    setpriv: '',
  })
  expect(probePidns(`${refused}:${timeout}`)).toEqual({
    missing: 'this machine makes no PID namespace for it: unshare failed: Operation not permitted',
  })
})
