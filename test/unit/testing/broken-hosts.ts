import type { LifeObservation, ProcessHost, ProcessLife } from '../../../src/ports.ts'

type Observe = (observation: LifeObservation) => void
type Disturb = (host: ProcessHost) => ProcessHost

/** A host whose observations pass through `through`, and whose handles pass through `handle`. */
const disturbing =
  (through: (observe: Observe) => Observe, handle: (life: ProcessLife) => ProcessLife = (life) => life): Disturb =>
  (host) => ({
    ...host,
    open(tree) {
      const session = host.open(tree)
      return { ...session, spawn: (request, observe) => handle(session.spawn(request, through(observe))) }
    },
  })

const instead = (
  kind: LifeObservation['kind'],
  tell: (observe: Observe, observation: LifeObservation) => void,
): Disturb =>
  disturbing((observe) => (observation) => {
    if (observation.kind === kind) tell(observe, observation)
    else observe(observation)
  })

const untouched = (observe: Observe): Observe => observe

interface BrokenHost {
  /** The promise that has to fail for it, whatever else does. */
  readonly fails: string
  readonly disturb: Disturb
}

const exits = 'an exit code is told as it was'
const gone = 'a signal to the group reaches grandchildren, and gone means that all of them are dead'
const relatives = 'a signal to the process leaves its relatives alone; gone waits for them, survivors names them'
const cut = 'output that a relative holds open is cut after drainMs'
const inTime = 'output is not cut when whoever held it open is gone in time'
const sweep = 'a process outside the group is found and killed by the sweep, and swept means that it is dead'
const lines = 'no line is lost or out of order on either stream'

/** Hosts that break one promise each: the suite has to fail every one of them. */
export const brokenHosts: Readonly<Record<string, BrokenHost>> = {
  'tells an exit twice': {
    fails: exits,
    disturb: instead('exited', (observe, exited) => {
      observe(exited)
      observe(exited)
    }),
  },
  'tells a signal as a code': {
    fails: 'a death by signal is told as it was, and has no code',
    disturb: instead('exited', (observe, exited) => {
      observe(exited.kind === 'exited' && exited.signal !== null ? { kind: 'exited', code: 128, signal: null } : exited)
    }),
  },
  'never tells that the group is gone': { fails: gone, disturb: instead('gone', () => {}) },
  'calls a group gone with its leader': {
    fails: relatives,
    disturb: disturbing((observe) => (observation) => {
      if (observation.kind !== 'gone') observe(observation)
      if (observation.kind === 'exited') observe({ kind: 'gone' })
    }),
  },
  'never cuts': {
    fails: cut,
    disturb: instead('drained', (observe, drained) => {
      if (drained.kind === 'drained' && !drained.cut) observe(drained)
    }),
  },
  'cuts what is complete': {
    fails: inTime,
    disturb: instead('drained', (observe) => observe({ kind: 'drained', cut: true })),
  },
  'does not wait for the pipe': {
    fails: inTime,
    disturb: disturbing((observe) => (observation) => {
      if (observation.kind !== 'drained') observe(observation)
      if (observation.kind === 'exited') observe({ kind: 'drained', cut: false })
    }),
  },
  'overlooks escapees': { fails: sweep, disturb: instead('escapee', () => {}) },
  'calls a life swept when it has found somebody': {
    fails: sweep,
    disturb: disturbing((observe) => (observation) => {
      observe(observation)
      if (observation.kind === 'escapee') observe({ kind: 'swept' })
    }),
  },
  'loses a line': {
    fails: lines,
    disturb: instead('line', (observe, line) => {
      if (line.kind === 'line' && line.text !== 'err 77') observe(line)
    }),
  },
  'swaps the streams': {
    fails: lines,
    disturb: instead('line', (observe, line) => {
      if (line.kind === 'line') observe({ ...line, source: line.source === 'stdout' ? 'stderr' : 'stdout' })
    }),
  },
  'marks nothing as truncated': {
    fails: 'a long line comes in pieces, each but the last marked as truncated',
    disturb: instead('line', (observe, line) => {
      if (line.kind === 'line') observe({ ...line, truncated: false })
    }),
  },
  'takes a missing folder for a missing command': {
    fails: 'a spawn that fails is told alone: missing-cwd is ERR_CWD_NOT_FOUND',
    disturb: instead('spawnFailed', (observe, failure) => {
      if (failure.kind === 'spawnFailed') observe({ ...failure, code: 'ERR_SPAWN_FAILED' })
    }),
  },
  'has always delivered': {
    fails: 'after the end there is nothing to signal',
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, to, done) => life.signal(signal, to, () => done(true)),
    })),
  },
  'answers twice': {
    fails: 'signal 0 only probes',
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, to, done) =>
        life.signal(signal, to, (delivered) => {
          done(delivered)
          done(delivered)
        }),
    })),
  },
  'signals the leader alone': {
    fails: gone,
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, _, done) => life.signal(signal, 'process', done),
    })),
  },
  'signals the whole group': {
    fails: relatives,
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, _, done) => life.signal(signal, 'group', done),
    })),
  },
  'takes a tree for a group': {
    fails: 'a signal to the tree reaches every descendant, whatever group it is in',
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, to, done) => life.signal(signal, to === 'tree' ? 'group' : to, done),
    })),
  },
  'finds a tree without its root': {
    fails: 'a tree ends with its root: whoever it leaves behind hangs from nobody',
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, to, done) =>
        life.signal(signal, to, (delivered) =>
          to === 'tree' && !delivered ? life.signal(signal, 'group', done) : done(delivered),
        ),
    })),
  },
  'takes a probe for a signal': {
    fails: 'signal 0 only probes',
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, to, done) => life.signal(signal === 0 ? 'SIGUSR1' : signal, to, done),
    })),
  },
  'leaves a stopped process stopped': {
    fails: 'SIGTERM ends a stopped process, because SIGCONT follows',
    disturb: disturbing(untouched, (life) => ({
      ...life,
      signal: (signal, to, done) => {
        life.signal(signal, to, done)
        // The host has sent its SIGCONT, and nothing has come of it yet.
        if (signal === 'SIGTERM') life.signal('SIGSTOP', to, () => {})
      },
    })),
  },
  'forgets who survived': {
    fails: relatives,
    disturb: disturbing(untouched, (life) => ({ ...life, survivors: (done) => done([]) })),
  },
}
