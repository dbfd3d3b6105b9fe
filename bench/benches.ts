import type { Bench } from './report.ts'

/** Every bench by its name, in the order in which they run. Loaded where it runs: each has a process of its own. */
export const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  mass: async () => (await import('./mass.ts')).mass,
  crash: async () => (await import('./crash.ts')).crash,
  tree: async () => (await import('./tree.ts')).tree,
  fanout: async () => (await import('./fanout.ts')).fanout,
  orphans: async () => (await import('./orphans.ts')).orphans,
  scale: async () => (await import('./scale.ts')).scale,
  throughput: async () => (await import('./throughput.ts')).throughput,
  memory: async () => (await import('./memory.ts')).memory,
  restarts: async () => (await import('./restarts.ts')).restarts,
  journal: async () => (await import('./journal.ts')).durable,
  recovery: async () => (await import('./recovery.ts')).recovery,
  log: async () => (await import('./log.ts')).log,
  output: async () => (await import('./output.ts')).output,
  flood: async () => (await import('./flood.ts')).flood,
}
