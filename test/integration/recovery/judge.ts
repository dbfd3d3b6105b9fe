import type { RecordedEvent } from '../../../src/index.ts'

/** What a program wrote when it began. */
export interface Birth {
  readonly hostId: string
  readonly life: string
  readonly pid: number
}

/** Lines of `host:tree:lifetime:stream:incarnation pid`. */
export function parseBirths(text: string): readonly Birth[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, hostId = '', stream, incarnation, pid] = /^([^:]+):[^:]+:[a-z]+:([^:]+):(\d+) (\d+)$/.exec(line) ?? []
      if (pid === undefined) throw new Error(`Not a birth: ${line}`)
      return { hostId, life: `${stream} #${incarnation}`, pid: Number(pid) }
    })
}

const counted = /^(?:spawn\.requested|process\.(?:spawned|spawnFailed|exited))$/

/** Each life is asked for once, answered once and ends once, in this order; at the end all of them have. */
export function judgeLives(events: readonly RecordedEvent[], isOver: boolean): readonly string[] {
  const lives = new Map<string, string[]>()
  for (const { stream, incarnation, type } of events) {
    if (!counted.test(type)) continue
    const life = `${stream} #${incarnation}`
    lives.set(life, [...(lives.get(life) ?? []), type])
  }
  const end = isOver ? '' : '?'
  const whole = new RegExp(
    `^spawn\\.requested(?:,process\\.spawnFailed|,process\\.spawned(?:,process\\.exited)${end})${end}$`,
  )
  return [...lives].flatMap(([life, types]) =>
    whole.test(types.join()) ? [] : [`the log tells of the life ${life}: ${types.join()}`],
  )
}

/**
 * No life begins twice, none without having been asked for, and the log tells the pid that it had. Of one whose host
 * ended before it could tell, only what was still there can be told.
 */
export function judgeBirths(
  events: readonly RecordedEvent[],
  births: readonly Birth[],
  isOver: boolean,
): readonly string[] {
  const asked = new Set<string>()
  const answers = new Map<string, RecordedEvent>()
  for (const event of events) {
    const life = `${event.stream} #${event.incarnation}`
    if (event.type === 'spawn.requested') asked.add(life)
    if (event.type === 'process.spawned' || event.type === 'process.spawnFailed') answers.set(life, event)
  }
  const seen = new Set<string>()
  return births.flatMap(({ life, pid }) => {
    const isSecond = seen.has(life)
    seen.add(life)
    if (isSecond) return [`${life} was started twice`]
    if (!asked.has(life)) return [`${life} was started, and the log does not know that it was to be`]
    const answer = answers.get(life)
    if (answer === undefined) return isOver ? [`${life} was started, and what became of it is not in the log`] : []
    if (answer.type === 'process.spawnFailed' && answer.data.code !== 'ERR_ABORTED')
      return [`${life} was started, and the log says ${answer.data.message}`]
    const told = answer.type === 'process.spawned' ? answer.data.identity?.pid : undefined
    return told === undefined || told === pid ? [] : [`${life} was ${pid}, and the log says ${told}`]
  })
}
