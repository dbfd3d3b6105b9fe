import { sameIdentity } from '../../events/identity.ts'
import { statusOf } from '../../events/exit.ts'
import type { RecordedEvent } from '../../events/event.ts'
import type { Law } from './law.ts'
import type { Standing } from './standing.ts'

/** No life begins before the one before it in its stream was seen to end. */
const oneLifeAtATime: Law = {
  invariant: 'one-life-at-a-time',
  watch(_scene, accuse) {
    return {
      'spawn.requested'(event, child) {
        if (child?.life === 'begun') accuse(event, `incarnation ${child.incarnation} has not ended`)
      },
    }
  },
}

/** Lives are numbered 1, 2, 3 …: a number is given once, by the intent, and never again. */
const incarnationsCountUp: Law = {
  invariant: 'incarnations-count-up',
  watch(_scene, accuse) {
    return {
      each(event, child) {
        if (child === undefined) return
        const { incarnation } = event
        if (event.type === 'spawn.requested') {
          if (incarnation !== child.incarnation + 1)
            accuse(event, `incarnation ${incarnation} after ${child.incarnation}`)
        } else if ((incarnation ?? 0) > child.incarnation) {
          accuse(event, `tells of incarnation ${incarnation}, whose spawn was not requested`)
        }
      },
    }
  },
}

/** Each intent is answered by exactly one `process.spawned` or `process.spawnFailed`, before the next intent. */
const everySpawnIsAnsweredOnce: Law = {
  invariant: 'every-spawn-is-answered-once',
  watch(scene, accuse) {
    const intents = new Map<string, RecordedEvent>()
    const answer = (event: RecordedEvent, life: string | undefined): void => {
      if (life !== undefined && life !== 'intended') accuse(event, 'answers no open intent')
      intents.delete(event.stream)
    }
    return {
      'spawn.requested'(event, child) {
        if (child?.life === 'intended') accuse(event, `incarnation ${child.incarnation} was not answered`)
        intents.set(event.stream, event)
      },
      'process.spawned': (event, child) => answer(event, child?.life),
      'process.spawnFailed': (event, child) => answer(event, child?.life),
      'supervisor.stopped'(event) {
        if (event.stream !== '/') return
        // Who was released is answered elsewhere.
        for (const [stream, intent] of intents) {
          if (scene.children.has(stream)) accuse(intent, 'was never answered')
        }
        intents.clear()
      },
    }
  },
}

/** No exit without a life, one exit to each; when the root has stopped only what could not be killed may be open. */
const everyLifeEndsOnce: Law = {
  invariant: 'every-life-ends-once',
  watch(scene, accuse) {
    return {
      'process.exited'(event, child) {
        if (child !== undefined && child.life !== 'begun') accuse(event, 'is the exit of no life')
      },
      late(event) {
        if (event.type === 'process.exited') accuse(event, 'is the exit of a life that is over')
      },
      'supervisor.stopped'(event) {
        if (event.stream !== '/') return
        const held = new Set<string>()
        for (const { stream, parent, outcome } of scene.children.values()) {
          if (outcome === 'unkillable') held.add(stream).add(parent)
        }
        for (const { stream, life, incarnation } of scene.children.values()) {
          if (life === 'begun' && !held.has(stream)) {
            accuse(event, `incarnation ${incarnation} of ${stream} has no exit`)
          }
        }
      },
    }
  },
}

/** An exit is that of the process that was spawned. */
const exitsNameTheirProcess: Law = {
  invariant: 'exits-name-their-process',
  watch(_scene, accuse) {
    return {
      'process.exited'(event, child) {
        if (child === undefined || child.life !== 'begun') return
        const { pid, identity } = event.data
        const isSame =
          child.identity === null || identity === null
            ? child.identity === identity
            : sameIdentity(child.identity, identity)
        if (pid !== child.pid || !isSame) accuse(event, `pid ${pid} is not that of its life, ${child.pid}`)
      },
    }
  },
}

/** An exit is a code, a signal, or nothing that anybody knows; its status follows from them. */
const exitsAreAsTheKernelSaid: Law = {
  invariant: 'exits-are-as-the-kernel-said',
  watch(_scene, accuse) {
    return {
      'process.exited'(event) {
        const { code, signal, status } = event.data
        if (code !== null && signal !== null) accuse(event, `both code ${code} and ${signal}`)
        // Numbers of signals differ between systems: only a code leaves no doubt.
        const expected = statusOf(code, signal)
        if (signal === null ? status !== expected : (status ?? 129) <= 128) {
          accuse(event, `status ${status} of code ${code}, ${signal ?? 'no signal'}`)
        }
      },
    }
  },
}

/** The output of a life is complete, or cut, exactly once, and before anything follows. */
const outputDrainsOnce: Law = {
  invariant: 'output-drains-once',
  watch(_scene, accuse) {
    const drained = new Map<string, number>()
    const followed: NonNullable<ReturnType<Law['watch']>['each']> = (event, child) => {
      if (child?.kind !== 'process' || child.name !== 'settling' || child.isPartlyKnown) return
      const hasRun = child.life === 'ended' && child.exit !== undefined
      if (hasRun && drained.get(event.stream) !== child.incarnation) accuse(event, 'before the output was complete')
    }
    return {
      'process.drained'(event, child) {
        const { incarnation = 0, stream } = event
        if (drained.get(stream) === incarnation) accuse(event, 'a second time')
        if (child !== undefined && child.life !== 'ended') accuse(event, 'before the exit')
        drained.set(stream, incarnation)
      },
      'restart.scheduled': followed,
      'restart.due': followed,
      'child.stopped'(event, child) {
        if (event.data.outcome !== 'unkillable') followed(event, child)
      },
    }
  },
}

/** Tasks and nested supervisors live without a process: they have no output, no pid at their end, and get no signal. */
const onlyProcessesHaveABody: Law = {
  invariant: 'only-processes-have-a-body',
  watch(_scene, accuse) {
    const judge = (event: RecordedEvent, child: Standing | undefined): void => {
      if (child !== undefined && child.kind !== 'process') accuse(event, `although it is a ${child.kind}`)
    }
    return {
      'process.spawned'(event, child) {
        if (event.data.pid !== null) judge(event, child)
      },
      'process.exited'(event, child) {
        if (event.data.pid !== null) judge(event, child)
      },
      'process.drained': judge,
      'signal.sent': judge,
    }
  },
}

export const lifeLaws: readonly Law[] = [
  oneLifeAtATime,
  incarnationsCountUp,
  everySpawnIsAnsweredOnce,
  everyLifeEndsOnce,
  exitsNameTheirProcess,
  exitsAreAsTheKernelSaid,
  outputDrainsOnce,
  onlyProcessesHaveABody,
]
