import { restoreCheckpoint } from '../../machines/checkpoint.ts'
import type { Law } from './law.ts'

/** A checkpoint holds what the events before it say: the same children and supervisors, in the same places of their lives. */
const checkpointsTellTheState: Law = {
  invariant: 'checkpoints-tell-the-state',
  watch(scene, accuse) {
    return {
      'journal.checkpointed'(event) {
        const tree = restoreCheckpoint(event.data.state)
        if (tree === undefined) return
        for (const { stream, name, incarnation } of scene.children.values()) {
          const told = tree.child(stream)
          if (told?.name !== name || told.view.incarnation !== incarnation) {
            const where = told === undefined ? 'not there' : `${told.name} in incarnation ${told.view.incarnation}`
            accuse(event, `${stream} is ${where}, and the log says ${name} in ${incarnation}`)
          }
        }
        for (const stream of tree.children.keys()) {
          if (!scene.children.has(stream)) accuse(event, `${stream} is nobody in the log`)
        }
        for (const { stream, phase } of scene.companies.values()) {
          const told = tree.supervisor(stream)?.phase
          // That a start is complete follows from its children, and is not followed here.
          const isSame = told === phase || (phase === 'starting' && told === 'running')
          if (!isSame) accuse(event, `the supervisor ${stream} is ${told}, and the log says ${phase}`)
        }
      },
    }
  },
}

export const checkpointLaws: readonly Law[] = [checkpointsTellTheState]
