import { expect, test } from 'vitest'
import { nameJavaScript } from '../../../scripts/name-javascript.ts'

test('relative imports of declarations name what is published, and nothing else is touched', () => {
  const declarations = [
    `import type { A } from './a.ts';`,
    `export * from "../b/b.ts";`,
    `export declare const c: () => import("./c.ts").C;`,
    `/** See './d.ts'. */`,
    `export declare const e: './e.ts';`,
    `import type { F } from 'f.ts';`,
  ]
  expect(nameJavaScript(declarations.join('\n')).split('\n')).toEqual([
    `import type { A } from './a.js';`,
    `export * from "../b/b.js";`,
    `export declare const c: () => import("./c.js").C;`,
    ...declarations.slice(3),
  ])
})
