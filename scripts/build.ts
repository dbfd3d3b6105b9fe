import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nameJavaScript } from './name-javascript.ts'

// `node scripts/build.ts`: dist from src, unbundled ES modules with their declarations. Status 1 when it does not compile.
const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

// What an earlier build left would be published with what this one makes.
rmSync(dist, { recursive: true, force: true })

// Not through a shell, nor by way of PATH: the compiler of the lock file, run by the Node that runs this.
const compiler = join(fileURLToPath(import.meta.resolve('typescript/package.json')), '../bin/tsc')
const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (compiled.error !== undefined) throw compiled.error

process.exitCode = compiled.status === 0 ? 0 : 1

// rewriteRelativeImportExtensions leaves declarations as they are. TypeScript itself looks for `x.d.ts` where one names
// `x.ts`; other readers of declarations look for the file that is named, and it is not published.
for (const path of globSync('**/*.d.ts', { cwd: dist })) {
  const file = join(dist, path)
  writeFileSync(file, nameJavaScript(readFileSync(file, 'utf8')))
}

// npm makes a command executable when it installs it; what is linked from here is run as it is.
const command = join(dist, 'cli/main.js')
if (existsSync(command)) chmodSync(command, 0o755)
