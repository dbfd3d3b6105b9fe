import type { EventType } from '../../../src/events/event.ts'
import type { ChildState } from '../../../src/machines/child-state.ts'
import type { ChildInput, ChildInputKind } from '../../../src/machines/input.ts'
import type { ChildOptions } from '../../../src/spec/child-options.ts'
import { normalizeSupervisor, type SupervisorOptions } from '../../../src/spec/supervisor-options.ts'
import { createStagedTree, type StagedTree } from '../../../src/testing/staged-tree.ts'

/** Everything a child can be told, once as a caller or a host would say it; `…Now` are the commands that hurry. */
export const inputs = {
  start: { kind: 'start' },
  stop: { kind: 'stop', now: false, cause: 'operator' },
  stopNow: { kind: 'stop', now: true, cause: 'operator' },
  restart: { kind: 'restart', now: false, cause: 'operator' },
  restartNow: { kind: 'restart', now: true, cause: 'operator' },
  spawned: { kind: 'spawned', pid: 1_000, identity: { pid: 1_000, startTicks: 1, bootId: 'boot' }, spawnMs: 1 },
  spawnFailed: { kind: 'spawnFailed', code: 'ERR_SPAWN_FAILED', message: 'spawn web ENOENT', errno: 'ENOENT' },
  ready: { kind: 'ready' },
  exited: { kind: 'exited', code: 1, signal: null },
  drained: { kind: 'drained', cut: false },
  gone: { kind: 'gone' },
  swept: { kind: 'swept' },
  signalled: { kind: 'signalled', signal: 'SIGTERM', to: 'group', stage: 'stop', pid: 1_000 },
  readyTimeout: { kind: 'readyTimeout' },
  runTimeout: { kind: 'runTimeout' },
  splayElapsed: { kind: 'splayElapsed' },
  killTimeoutElapsed: { kind: 'killTimeoutElapsed' },
  backoffElapsed: { kind: 'backoffElapsed' },
  unproven: { kind: 'unproven', survivors: [{ pid: 1_000, startTicks: 1, bootId: 'boot' }] },
  answered: { kind: 'answered', restart: true },
} as const satisfies Record<ChildInputKind | 'stopNow' | 'restartNow', ChildInput>

export type InputName = keyof typeof inputs

/** A tree decided upon by the real `decide`, without anything around it; chance always says one half. */
export function stage(children: readonly ChildOptions[], options: SupervisorOptions = {}) {
  const settings = normalizeSupervisor({ ...options, children }, { platformTether: true })
  const { id, strategy, autoShutdown, intensity } = settings
  const declared = new Set(settings.children.map((child) => child.id))
  const staged: StagedTree = createStagedTree(
    { id, strategy, autoShutdown, declared, ...(intensity === undefined ? {} : { intensity }) },
    () => 0.5,
  )
  for (const child of settings.children) staged.add('/', child)

  const scene = {
    staged,
    state: (stream: string): ChildState | undefined => staged.tree.child(stream),
    /** Runs the supervisor with nothing to wait for: each child is started by the test. */
    run(): void {
      const { at, mono } = staged.now
      const { seq } = staged.tree
      const data = { id, strategy, autoShutdown, awaits: 0, ...(intensity === undefined ? {} : { intensity }) }
      const revision = staged.tree.revision('/') + 1
      staged.fold({ seq: seq + 1, stream: '/', revision, at, mono, type: 'supervisor.started', v: 1, child: id, data })
    },
    /** Tells a child something, and gives the types of what was recorded, or the code of the refusal. */
    tell(stream: string, input: ChildInput | InputName, incarnation?: number): readonly EventType[] | string {
      const { draft, refused } = staged.apply({
        of: 'child',
        stream,
        ...(incarnation === undefined ? {} : { incarnation }),
        input: typeof input === 'string' ? inputs[input] : input,
      })
      return refused ?? draft.events.map(({ type }) => type)
    },
    wait(ms: number): void {
      const { at, mono } = staged.now
      staged.now = { at: at + ms, mono: mono + ms }
    },
  }
  return scene
}

export type Scene = ReturnType<typeof stage>
