import { join, relative } from 'node:path'

/**
 * Where a process may have cgroups of its own, the likeliest first: below its own cgroup, else at the top of what is
 * mounted. From the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`; empty where no cgroup2 is mounted. A machine
 * may have it beside version 1, anywhere.
 *
 * @see proc(5), cgroups(7)
 */
export function cgroupBases(mountinfo: string, ownCgroup: string): readonly string[] {
  const own = /^0::(\/.*)$/m.exec(ownCgroup)?.[1]
  const bases = new Set<string>()
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    if (!after.startsWith('cgroup2 ')) continue
    const [, , , root = '/', mountPoint = ''] = before.split(' ').map(unescaped)
    const inside = own === undefined ? '..' : relative(root, own)
    if (!inside.startsWith('..')) bases.add(join(mountPoint, inside))
    bases.add(mountPoint)
  }
  return [...bases]
}

/** Blanks and the like are octal there. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
