import { join } from 'node:path'
import { checkCycles } from './check-cycles.ts'
import { checkDirections } from './check-directions.ts'
import { checkPurity } from './check-purity.ts'
import { rooms } from './rooms.ts'
import { readSourceTree } from './source-tree.ts'

// `node scripts/boundaries.ts [folder]`: whether the files under `src` import in the directions of rooms.ts, in no
// circle, and whether the pure rooms are. One line per violation, status 1 if there is any.
const folder = process.argv[2] ?? join(import.meta.dirname, '../src')
const files = readSourceTree(folder)
const violations = [...checkDirections(files, rooms), ...checkPurity(files, rooms), ...checkCycles(files)]

for (const { path, line, message } of violations) console.error(`${join(folder, path)}:${line}: ${message}`)
if (files.length === 0) console.error(`There is no TypeScript under ${folder}.`)
else console.log(`${files.length} files, ${violations.length} violations`)
process.exitCode = violations.length === 0 && files.length > 0 ? 0 : 1
