import type { RecordedEvent } from '../../events/event.ts'
import { restoreCheckpoint } from '../../machines/checkpoint.ts'
import type { ChildState } from '../../machines/child-state.ts'
import { isFailure } from '../../machines/fold-child.ts'
import { supervisorTable } from '../../machines/fold-supervisor.ts'
import { remember } from '../../machines/limit.ts'
import { items } from '../../machines/vector.ts'
import { dismiss, enlist, enlistBeside, newCompany, replace, type Company } from './company.ts'
import { followChild } from './follow-child.ts'
import { recoverScene } from './recover-scene.ts'
import { newStanding, restoredStanding, type Standing } from './standing.ts'

/** A log up to a moment: everybody in it, where they are, and how far it can be judged. */
export interface Scene {
  readonly children: ReadonlyMap<string, Standing>
  readonly companies: ReadonlyMap<string, Company>
  /** The last `seq`; 0 before the first. */
  readonly seq: number
  /** What came before is not known: the log begins in the middle, or has a gap, and no checkpoint has come yet. */
  readonly isBlind: boolean
  /** Whom an event is about; undefined where a supervisor tells of itself, and for strangers. */
  childOf(event: RecordedEvent): Standing | undefined
  take(event: RecordedEvent): void
}

/** Whether an event is a supervisor's own, rather than one of the child that a nested supervisor also is. */
export const isSupervisors = ({ type }: RecordedEvent): boolean =>
  type.startsWith('supervisor.') || type.startsWith('journal.') || type === 'intensity.exceeded'

/** Facts of an earlier life are recorded past the chart. */
export const isLate = (event: RecordedEvent, child: Standing): boolean =>
  event.incarnation !== undefined && event.incarnation < child.incarnation

export function createScene(): Scene {
  const children = new Map<string, Standing>()
  const companies = new Map<string, Company>([['/', newCompany('/', 'one-for-one')]])
  let seq = 0
  let isBlind = false

  const register = (child: Standing, event: RecordedEvent<'child.added'>): void => {
    children.set(child.stream, child)
    const { strategy = 'one-for-one', kind, supervisor } = event.data
    if (kind === 'supervisor') companies.set(child.stream, newCompany(child.stream, strategy))
    const company = companies.get(child.parent)
    if (company === undefined) return
    if (supervisor !== undefined) company.strategy = supervisor.strategy
    const { beside } = event.data as { readonly beside?: string }
    if (beside === undefined) enlist(company, child)
    else enlistBeside(company, child, children.get(beside))
  }

  const forget = (child: Standing): void => {
    children.delete(child.stream)
    companies.delete(child.stream)
    const company = companies.get(child.parent)
    if (company !== undefined) dismiss(company, child)
  }

  /** Begins anew with what a checkpoint holds. */
  const restore = (event: RecordedEvent<'journal.checkpointed'>): void => {
    const tree = restoreCheckpoint(event.data.state)
    if (tree === undefined) return
    const rules = new Map([...children].map(([stream, child]) => [stream, child.rules]))
    children.clear()
    companies.clear()
    for (const supervisor of tree.supervisors.values()) {
      const { stream, phase, strategy, autoShutdown, intensity, ending, history, roster } = supervisor
      const company = newCompany(stream, strategy)
      companies.set(stream, Object.assign(company, { phase, autoShutdown, history, ending: ending?.outcome }))
      company.intensity = intensity ?? undefined
      for (const { stream: member } of items(roster)) {
        const child = tree.child(member)
        if (child === undefined) continue
        const standing = restoredStanding(child, rules.get(member))
        children.set(member, standing)
        enlist(company, standing)
      }
    }
    for (const [stream, child] of tree.children) {
      if (children.has(stream)) continue
      const standing = restoredStanding(child, rules.get(stream))
      children.set(stream, standing)
      const company = companies.get(child.parent)
      const { beside } = child as { readonly beside?: string | null }
      if (company !== undefined) enlistBeside(company, standing, children.get(beside ?? ''))
    }
    isBlind = false
  }

  const ofSupervisor = (event: RecordedEvent): void => {
    const company = companies.get(event.stream)
    if (company === undefined) return
    const phase =
      supervisorTable.next(company.phase, event.type) ??
      // `startup.completed` is no recorded event, so one that started may be running.
      (company.phase === 'starting' ? supervisorTable.next('running', event.type) : undefined)
    company.phase = phase ?? company.phase
    if (event.type === 'supervisor.started') {
      company.strategy = event.data.strategy
      company.autoShutdown = event.data.autoShutdown
      company.intensity = event.data.intensity
      company.ending = undefined
    } else if (event.type === 'supervisor.stopping') company.ending ??= event.data.outcome
  }

  const ofChild = (child: Standing, event: RecordedEvent): void => {
    const type: string = event.type
    if (event.type === 'restart.scheduled' && isFailure(child, event.data.cause)) {
      const company = companies.get(child.parent)
      if (company?.intensity !== undefined) {
        company.history = remember(company.history, company.intensity, event.mono)
      }
    }
    if (!isLate(event, child)) followChild(child, event)
    if (child.name === 'removed' || type === 'child.removed' || type === 'child.released') forget(child)
    if (type === 'child.replaced') {
      const { by } = event.data as { readonly by?: string }
      const [company, next] = [companies.get(child.parent), children.get(by ?? '')]
      if (company !== undefined && next !== undefined) replace(company, child, next)
    }
  }

  const scene: Scene = {
    children,
    companies,
    get seq() {
      return seq
    },
    get isBlind() {
      return isBlind
    },
    childOf: (event) => (isSupervisors(event) ? undefined : children.get(event.stream)),
    take(event) {
      if (event.seq > seq + 1) isBlind = true
      seq = event.seq
      if (isBlind && event.type === 'journal.checkpointed') restore(event)
      if (isBlind) return
      if (event.type === 'child.added') {
        const { adopted } = event.data as unknown as { readonly adopted?: ChildState }
        register(newStanding(event), event)
        const standing = children.get(event.stream)
        // It comes with a life that another log tells of.
        if (adopted !== undefined && standing !== undefined) adopt(standing, adopted)
      } else if (isSupervisors(event)) {
        if (event.type === 'supervisor.recovered') recoverScene(children, companies, event)
        else ofSupervisor(event)
      } else {
        const child = children.get(event.stream)
        if (child !== undefined) ofChild(child, event)
      }
    },
  }
  return scene
}

function adopt(standing: Standing, state: ChildState): void {
  const { left, right, stream, parent, id, rules } = standing
  Object.assign(standing, restoredStanding(state, rules), { left, right, stream, parent, id })
}
