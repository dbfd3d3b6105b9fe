import { describe, expect, test } from 'vitest'
import { createReaper, type OrphanNews } from '../../../src/actors/reaper.ts'
import { createTree } from '../../../src/actors/create-tree.ts'
import { createTurns } from '../../../src/actors/turns.ts'
import type { RecordedEvent } from '../../../src/events/event.ts'
import { memoryJournal } from '../../../src/journals/memory-journal.ts'
import { replay } from '../../../src/record/replay.ts'
import type { ChildOptions } from '../../../src/spec/child-options.ts'
import { normalizeSupervisor } from '../../../src/spec/supervisor-options.ts'
import { createWorld } from '../../../src/testing/index.ts'
import { atOnce } from './scene.ts'

const identity = { pid: 77, startTicks: 5, bootId: 'boot' }
const ended = { at: 9, pid: 77, identity, code: 3, signal: null, status: 3 }

/** Trees in one world and one reaper, whose orphans come from the test. */
function stage() {
  const world = createWorld({})
  world.program('*', {})
  const opened: OrphanNews[] = []
  const reaper = createReaper(world.ports.clock, {}, (news) => {
    opened.push(news)
    return { enable: () => ({ enabled: true }) }
  })
  reaper.enableOrphans()
  const [news] = opened
  if (news === undefined) throw new Error('Nobody asked for orphans')
  const tree = (children: readonly ChildOptions[] = [{ id: 'web', command: 'web', restart: atOnce }]) => {
    const settings = normalizeSupervisor({ children }, { platformTether: true })
    const policy = { id: 'root', strategy: 'one-for-one', autoShutdown: 'never', declared: new Set<string>() } as const
    const { shutdownTimeoutMs, maxConcurrentStarts } = settings
    const supervisor = createTree(
      {
        policy,
        ports: world.ports,
        journal: memoryJournal(),
        reaper,
        shutdownTimeoutMs,
        turns: createTurns(),
        spareJournal: () => memoryJournal(),
        maxConcurrentStarts,
      },
      settings.children,
    )
    const events: RecordedEvent[] = []
    supervisor.events$.subscribe((event) => events.push(event))
    return { supervisor, events, id: () => treeIdOf(events) }
  }
  return { world, reaper, news, tree }
}

const treeIdOf = (events: readonly RecordedEvent[]): string =>
  events.flatMap(({ type, data }) => (type === 'supervisor.started' ? (data.host?.treeId ?? []) : []))[0] ?? ''

const orphanEvents = (events: readonly RecordedEvent[]) =>
  events
    .filter(({ type }) => type.startsWith('orphan.'))
    .map(({ type, stream, child, incarnation, data }) => ({ type, stream, child, incarnation, data }))

type Staged = ReturnType<typeof stage>

async function running(staged: Staged) {
  const tree = staged.tree()
  void tree.supervisor.start()
  await staged.world.advance(0)
  return tree
}

describe('an orphan of a life', () => {
  test('is recorded in the stream of its child, under the life it descends from, before the reaper tells of it', async () => {
    const staged = stage()
    const { events, id } = await running(staged)
    const order: string[] = []
    staged.reaper.exits$.subscribe(({ origin }) =>
      order.push(`reaper ${origin.kind}, ${orphanEvents(events).length} recorded`),
    )
    const attributedTo = { stream: '/web', incarnation: 1, tree: id() }
    staged.news.adopted({ at: 8, pid: 77, identity, attributedTo })
    staged.news.reaped({ ...ended, attributedTo })
    const web = { stream: '/web', child: 'web', incarnation: 1 }
    const exit = { pid: 77, identity, code: 3, signal: null, status: 3 }
    expect(orphanEvents(events)).toEqual([
      { ...web, type: 'orphan.adopted', data: { pid: 77, identity } },
      { ...web, type: 'orphan.reaped', data: exit },
    ])
    expect(order).toEqual(['reaper orphan, 2 recorded'])
  })

  test('changes nothing of its child, in whatever state that is', async () => {
    const staged = stage()
    const { supervisor, events, id } = await running(staged)
    const before = supervisor.view
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    expect(supervisor.view).toEqual(before)
    const child = supervisor.child('web')
    void child?.stop()
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    await staged.world.advance(0)
    expect(child?.view.state).toBe('stopped')
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    expect(child?.view.state).toBe('stopped')
    expect(orphanEvents(events)).toHaveLength(3)
    const whole: RecordedEvent[] = []
    for await (const event of supervisor.read({ live: false })) if (event.type !== 'gap') whole.push(event)
    expect(replay(whole)).toEqual(supervisor.view)
  })

  test('of an earlier life is recorded under that one, and the current one goes on', async () => {
    const staged = stage()
    const { supervisor, events, id } = await running(staged)
    const child = supervisor.child('web')
    void child?.restart()
    await staged.world.advance(0)
    expect(child?.view).toMatchObject({ state: 'running', incarnation: 2 })
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    expect(orphanEvents(events)).toMatchObject([{ stream: '/web', incarnation: 1 }])
    expect(child?.view).toMatchObject({ state: 'running', incarnation: 2 })
    void child?.restart()
    await staged.world.advance(0)
    expect(child?.view).toMatchObject({ state: 'running', incarnation: 3 })
  })

  test('of a child that was removed is recorded of the root, with its life; so is a life that never began', async () => {
    const staged = stage()
    const { supervisor, events, id } = await running(staged)
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 999, tree: id() } })
    void supervisor.remove('web')
    await staged.world.advance(0)
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    const root = { stream: '/', child: 'root', incarnation: undefined, type: 'orphan.reaped' }
    expect(orphanEvents(events)).toMatchObject([
      { ...root, data: { pid: 77, life: { stream: '/web', incarnation: 999 } } },
      { ...root, data: { pid: 77, life: { stream: '/web', incarnation: 1 } } },
    ])
    expect(supervisor.view.state).toBe('running')
  })

  test('is recorded in its own tree alone, and one of no tree in none', async () => {
    const staged = stage()
    const [first, second] = [await running(staged), await running(staged)]
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: second.id() } })
    staged.news.reaped(ended)
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: 'nobody' } })
    expect([orphanEvents(first.events).length, orphanEvents(second.events).length]).toEqual([0, 1])
  })

  test('of a tree that has stopped is in the reaper alone', async () => {
    const staged = stage()
    const { supervisor, events, id } = await running(staged)
    void supervisor.stop()
    await staged.world.advance(0)
    const told: string[] = []
    staged.reaper.exits$.subscribe(({ origin }) => told.push(origin.kind))
    staged.news.adopted({ at: 8, pid: 77, identity, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    staged.news.reaped({ ...ended, attributedTo: { stream: '/web', incarnation: 1, tree: id() } })
    expect(orphanEvents(events)).toEqual([])
    expect(events.at(-1)?.type).toBe('supervisor.stopped')
    expect(told).toEqual(['orphan'])
  })
})
