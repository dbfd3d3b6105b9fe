import type { ProcessHost } from '../../ports.ts'
import type { KnownLives } from './known-lives.ts'

/** The same host, whose lives are entered into `lives` as they come and go. */
export function hostWithKnownLives(host: ProcessHost, lives: KnownLives): ProcessHost {
  return {
    hostId: host.hostId,
    bootId: host.bootId,
    pid: host.pid,
    support: host.support,
    findLives: (owner, done) => host.findLives(owner, done),
    look: (identity) => host.look(identity),
    open(tree) {
      const session = host.open(tree)
      const running = new Set<number>()
      return {
        spawn(request, observe) {
          let pid: number | undefined
          return session.spawn(request, (observation) => {
            if (observation.kind === 'spawned') {
              pid = observation.pid
              running.add(pid)
              lives.spawned(pid, { ...request.life, tree: tree.treeId })
            }
            if (observation.kind === 'exited' && pid !== undefined) {
              running.delete(pid)
              lives.exited(pid)
            }
            observe(observation)
          })
        },
        // Not entered: it is no child of Node's, so whoever gets it as an orphan has to reap it.
        adopt: (request, observe) => session.adopt(request, observe),
        close() {
          session.close()
          // Nothing is observed of them any more; whether they are over is seen by their groups.
          for (const pid of running) lives.exited(pid)
        },
      }
    },
  }
}
