import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readOutput } from '../../../src/os/output.ts'
import type { LifeObservation } from '../../../src/ports.ts'

function stage(sources: readonly ('stdout' | 'stderr')[], drainMs: number) {
  const streams = sources.map((source) => ({ source, stream: new PassThrough() }))
  const seen: string[] = []
  const drained = Promise.withResolvers<boolean>()
  const observe = (observation: LifeObservation): void => {
    if (observation.kind === 'line') seen.push(`${observation.source}: ${observation.text}`)
    if (observation.kind !== 'drained') return
    seen.push('drained')
    drained.resolve(observation.cut)
  }
  const output = readOutput(streams, drainMs, observe)
  return { output, seen, drained: drained.promise, streams: streams.map(({ stream }) => stream) }
}

async function ended(stream: PassThrough | undefined): Promise<void> {
  if (stream?.closed === false) await once(stream, 'close')
}

test('nothing to read: drained at once, but not before the exit', () => {
  const { output, seen } = stage([], Infinity)
  expect(seen).toEqual([])
  output.settle()
  expect(seen).toEqual(['drained'])
})

test('every line of every stream comes before drained, the last without a newline too', async () => {
  const { output, seen, drained, streams } = stage(['stdout', 'stderr'], Infinity)
  output.settle()
  streams[0]?.end('a\nb')
  streams[1]?.end('c\n')
  expect(await drained).toBe(false)
  expect(seen.toSorted()).toEqual(['drained', 'stderr: c', 'stdout: a', 'stdout: b'])
  expect(seen.at(-1)).toBe('drained')
})

test('streams that ended before the exit are drained at the exit', async () => {
  const { output, seen, streams } = stage(['stdout'], Infinity)
  streams[0]?.end('a\n')
  await ended(streams[0])
  expect(seen).toEqual(['stdout: a'])
  output.settle()
  expect(seen).toEqual(['stdout: a', 'drained'])
})

test('what holds a stream open is cut: what was read comes, what comes later does not', async () => {
  const { output, seen, drained, streams } = stage(['stdout', 'stderr'], 0)
  streams[1]?.end()
  streams[0]?.write('whole\nhal')
  output.settle()
  expect(await drained).toBe(true)
  streams[0]?.write('f\nmore\n')
  expect(seen).toEqual(['stdout: whole', 'stdout: hal', 'drained'])
  expect(streams[0]?.destroyed).toBe(true)
})

test('a stream that breaks is over, and breaks nothing else', async () => {
  const { output, seen, drained, streams } = stage(['stdout'], Infinity)
  streams[0]?.write('a')
  output.settle()
  await new Promise((resolve) => setImmediate(resolve))
  streams[0]?.destroy(new Error('read failed'))
  expect(await drained).toBe(false)
  expect(seen).toEqual(['stdout: a', 'drained'])
})

test('drained is told once, although a cut stream ends afterwards', async () => {
  const { output, seen, drained, streams } = stage(['stdout'], 0)
  output.settle()
  await drained
  await ended(streams[0])
  expect(seen).toEqual(['drained'])
})

test('what is abandoned is closed, and nobody is told', async () => {
  const { output, seen, streams } = stage(['stdout'], 0)
  output.settle()
  output.abandon()
  streams[0]?.write('a\n')
  await ended(streams[0])
  expect(seen).toEqual([])
})
