import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/**
 * The script behind a package's command. Run by `process.execPath` it is one process, and the one that is signalled:
 * `npx` and `.bin` put a shell or a second Node in between.
 */
export function binPath(packageName: string, command: string): string {
  const manifest = require.resolve(`${packageName}/package.json`)
  const { bin } = require(manifest) as { readonly bin: Readonly<Record<string, string>> }
  const script = bin[command]
  if (script === undefined) throw new Error(`${packageName} has no command "${command}"`)
  return join(dirname(manifest), script)
}
