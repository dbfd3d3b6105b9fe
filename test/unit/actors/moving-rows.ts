import type { Child } from '../../../src/index.ts'
import type { Program } from '../../../src/testing/index.ts'
import { afterASecond } from './scene.ts'

/** A child in some state of its life, and what is done with it afterwards. */
export interface MovingRow {
  /** Where it is when it is moved: the state, and the substate where there is one. */
  readonly at: string
  readonly options: Readonly<Record<string, unknown>>
  readonly program?: Program
  /** Leads there: the promise that is pending then, if any. */
  readonly lead: (child: Child) => Promise<unknown> | undefined
  /** How long after `lead` it is moved. */
  readonly afterMs: number
  /** What happens to it after the move; by default only time passes. */
  readonly after?: (child: Child) => Promise<unknown> | undefined
}

const start = (child: Child): Promise<unknown> => child.start()
const stop = (child: Child): Promise<unknown> => child.start().then(() => child.stop())
const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const
const stubborn = { onSignal: { SIGTERM: 'ignore' } } as const
const crashesOnce: Program = (_life, n) => (n === 1 ? { exitsAfterMs: 50, code: 3 } : {})
const outlived: Program = (_life, n) =>
  n === 1 ? { exitsAfterMs: 50, code: 3, forks: [{ leavesGroup: true, holdsPipe: true, unkillable: true }] } : {}

export const rows: readonly MovingRow[] = [
  { at: 'initial', options: {}, lead: () => undefined, afterMs: 0, after: start },
  { at: 'starting.spawning', options: {}, program: { spawnMs: 100 }, lead: start, afterMs: 50 },
  { at: 'starting.probing', options: { ready: 'manual', readyTimeoutMs: 300 }, lead: start, afterMs: 50 },
  {
    at: 'starting.probing',
    options: { ready: { line: 'up' } },
    program: { prints: [{ text: 'up', afterMs: 100 }] },
    lead: start,
    afterMs: 50,
  },
  { at: 'running', options: {}, lead: start, afterMs: 50 },
  { at: 'running', options: { runTimeoutMs: 300 }, lead: start, afterMs: 50 },
  { at: 'running', options: {}, program: { exitsAfterMs: 100, code: 1 }, lead: start, afterMs: 50 },
  { at: 'running', options: {}, lead: start, afterMs: 50, after: (child) => child.restart() },
  { at: 'running', options: {}, lead: start, afterMs: 50, after: (child) => child.stop() },
  {
    at: 'running',
    options: { oneShot: true, restart: 'temporary' },
    program: { exitsAfterMs: 100 },
    lead: start,
    afterMs: 50,
  },
  { at: 'stopping.splaying', options: { stop: { splayMs: 1_000 } }, program: slow, lead: stop, afterMs: 10 },
  { at: 'stopping.terminating', options: {}, program: slow, lead: stop, afterMs: 50 },
  {
    at: 'stopping.terminating',
    options: { stop: { killTimeoutMs: 300 } },
    program: stubborn,
    lead: stop,
    afterMs: 100,
  },
  {
    at: 'stopping.terminating',
    options: {},
    program: slow,
    lead: (child) => child.start().then(() => child.restart()),
    afterMs: 50,
  },
  {
    at: 'stopping.terminating',
    options: {
      stop: {
        stages: [
          { signal: 'SIGINT', to: 'process', atMs: 0 },
          { signal: 'SIGTERM', to: 'group', atMs: 200 },
          { signal: 'SIGKILL', to: 'group', atMs: 400 },
        ],
      },
    },
    program: { onSignal: { SIGINT: 'ignore', SIGTERM: { afterMs: 100 } } },
    lead: stop,
    afterMs: 100,
  },
  {
    at: 'running',
    options: { reloadSignal: 'SIGHUP', stop: { splayMs: 1_000 } },
    program: { onSignal: { SIGHUP: { afterMs: 10, code: 9 } } },
    lead: (child) => child.start().then(() => child.reload()),
    afterMs: 5,
  },
  {
    at: 'stopping.killing',
    options: { stop: { killTimeoutMs: 50 } },
    program: { unkillable: true },
    lead: stop,
    afterMs: 100,
  },
  { at: 'settling', options: { restart: afterASecond }, program: outlived, lead: start, afterMs: 100 },
  {
    at: 'settling',
    options: { restart: { ...afterASecond, onUnexpectedExit: () => new Promise(() => {}) } },
    program: crashesOnce,
    lead: start,
    afterMs: 100,
  },
  {
    at: 'settling',
    options: { stop: { killTimeoutMs: 500 } },
    program: { forks: [{ onSignal: { SIGTERM: 'ignore' } }] },
    lead: stop,
    afterMs: 100,
  },
  { at: 'backingOff', options: { restart: afterASecond }, program: crashesOnce, lead: start, afterMs: 300 },
  {
    at: 'backingOff',
    options: { restart: afterASecond },
    program: crashesOnce,
    lead: start,
    afterMs: 300,
    after: (child) => child.when('running'),
  },
  { at: 'stopped', options: {}, lead: stop, afterMs: 50, after: (child) => child.restart() },
  { at: 'stopped', options: { restart: 'temporary' }, program: crashesOnce, lead: start, afterMs: 100 },
  {
    at: 'stopped',
    options: { stop: { killTimeoutMs: 50, verifyMs: 100 } },
    program: { unkillable: true },
    lead: stop,
    afterMs: 500,
    after: (child) => child.stop(),
  },
]
