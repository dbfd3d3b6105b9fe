/**
 * The variables that make a program load code, or write files, before it does anything: what glibc and musl leave unread
 * in a setuid program (glibc: sysdeps/generic/unsecvars.h, ld.so(8)).
 */
const loading = /^(LD_|GLIBC_|MALLOC_|GCONV_PATH$|GETCONF_DIR$|HOSTALIASES$|LOCPATH$|NLSPATH$|RESOLV_HOST_CONF$|TZDIR$)/

/** Tells apart what a program may be given while it still has the host's privileges, and what has to wait for the switch. */
export function holdBack(env: Readonly<NodeJS.ProcessEnv>): {
  readonly harmless: NodeJS.ProcessEnv
  readonly held: readonly string[]
} {
  const entries = Object.entries(env)
  return {
    harmless: Object.fromEntries(entries.filter(([name]) => !loading.test(name))),
    held: entries.flatMap(([name, value]) => (loading.test(name) && value !== undefined ? [`${name}=${value}`] : [])),
  }
}
