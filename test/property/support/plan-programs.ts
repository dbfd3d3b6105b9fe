import type { ChildOptions, ProcessOptions } from '../../../src/spec/child-options.ts'
import type { World } from '../../../src/testing/index.ts'
import type { Answer, ProcessPlan, TaskPlan } from './scenario.ts'
import { createTaskRuns, type TaskRuns } from './task-runs.ts'

/** Makes the programs of planned processes known to a world, each under a command of its own; and plays the tasks. */
export function createPrograms(world: World): {
  optionsOf(plan: ProcessPlan | TaskPlan, stopIt: () => void): ChildOptions
  readonly tasks: TaskRuns
} {
  let commands = 0
  const tasks = createTaskRuns(world.ports.clock)

  const answerAs = (answer: Answer, stopIt: () => void) => async (): Promise<boolean> => {
    switch (answer) {
      case 'yes':
        return true
      case 'no':
        return false
      case 'throw':
        throw new Error('no idea')
      case 'nonsense':
        return 'perhaps' as unknown as boolean
      case 'hang':
        return new Promise(() => {})
      case 'late':
        return new Promise((resolve) => {
          world.ports.clock.arm(300, () => resolve(true))
        })
      case 'stopIt':
        stopIt()
        return true
    }
  }

  return {
    tasks,
    optionsOf(plan, stopIt) {
      const { id, options, answer } = plan
      const { restart, ...rest } = options as Partial<ProcessOptions>
      const rules = typeof restart === 'string' ? { type: restart } : restart
      const common = {
        id,
        ...(rules === undefined && answer === undefined
          ? {}
          : {
              restart: {
                ...(rules ?? { type: rest.oneShot === true ? 'temporary' : 'permanent' }),
                ...(answer === undefined ? {} : { onUnexpectedExit: answerAs(answer, stopIt) }),
              },
            }),
      }
      if (plan.kind === 'task') {
        return { ...(options as object), ...common, kind: 'task', run: tasks.runnable(id, plan.lives) }
      }
      commands += 1
      const command = `program-${commands}`
      const { lives } = plan
      if (lives.length > 0) {
        world.program(command, (_life, n) => lives[Math.min(n, lives.length) - 1] ?? {})
      }
      return { ...rest, ...common, command }
    },
  }
}
