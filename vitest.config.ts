import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  throw new Error(
    `brood's tests need Node 22.13 or newer, this is ${process.version}: run them with \`npm test\`, which brings its own Node.`,
  )
}

const project = (name: string, include: readonly string[], extra: object = {}) => ({
  extends: true as const,
  test: { name, include: [...include], ...extra },
})

export default defineConfig({
  test: {
    // Signals, process groups and the working directory belong to a process, so each file gets one of its own.
    pool: 'forks',
    // On two cores it would be one: much of what is tested here waits for somebody else.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A hang guard, far above what any of them takes: timing is measured in bench/, never asserted here.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      project('unit', ['test/unit/**/*.test.ts']),
      project('property', ['test/property/**/*.test.ts'], {
        testTimeout: 600_000,
        setupFiles: ['test/property/support/seed.ts'],
      }),
      project('integration', ['test/integration/**/*.test.ts']),
      project('dist', ['test/dist/**/*.test.ts']),
    ],
  },
})
