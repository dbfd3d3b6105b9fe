import type { ChildOptions, ProcessOptions } from '../../../src/spec/child-options.ts'
import type { World } from '../../../src/testing/index.ts'
import type { Answer, ProcessPlan } from './scenario.ts'

/** Makes the programs of planned processes known to a world, each under a command of its own. */
export function createPrograms(world: World): {
  optionsOf(plan: ProcessPlan, stopIt: () => void): ChildOptions
} {
  let commands = 0

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
    optionsOf({ id, lives, options, answer }, stopIt) {
      commands += 1
      const command = `program-${commands}`
      if (lives.length > 0) {
        world.program(command, (_life, n) => lives[Math.min(n, lives.length) - 1] ?? {})
      }
      const { restart, ...rest } = options as Partial<ProcessOptions>
      const rules = typeof restart === 'string' ? { type: restart } : restart
      return {
        ...rest,
        id,
        command,
        ...(rules === undefined && answer === undefined
          ? {}
          : {
              restart: {
                ...(rules ?? { type: rest.oneShot === true ? 'temporary' : 'permanent' }),
                ...(answer === undefined ? {} : { onUnexpectedExit: answerAs(answer, stopIt) }),
              },
            }),
      }
    },
  }
}
