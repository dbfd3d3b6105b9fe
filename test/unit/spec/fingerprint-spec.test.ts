import { expect, test } from 'vitest'
import { fingerprintSpec, hasFingerprint } from '../../../src/spec/fingerprint-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'

const spec = (options: object) => normalizeChild({ id: 'web', command: 'web', ...options }, { platformTether: true })

test('the same spec has the same fingerprint under the same salt, however its environment is ordered', () => {
  const one = spec({ env: { A: '1', B: '2' }, restart: { type: 'transient', onUnexpectedExit: () => true } })
  const two = spec({ env: { B: '2', A: '1' }, restart: { type: 'transient', onUnexpectedExit: () => false } })
  expect(fingerprintSpec(one, 'salt')).toBe(fingerprintSpec(two, 'salt'))
  expect(hasFingerprint(two, fingerprintSpec(one, 'salt'))).toBe(true)
  expect(fingerprintSpec(one, 'other')).not.toBe(fingerprintSpec(one, 'salt'))
})

test.each([
  ['a value of the environment', { env: { TOKEN: 'old' } }, { env: { TOKEN: 'new' } }],
  ['a secret', { secrets: ['old'] }, { secrets: ['new'] }],
  ['an argument', { args: ['1'] }, { args: ['2'] }],
  ['a timeout', {}, { runTimeoutMs: 1 }],
  [
    'an own member called __proto__',
    { env: JSON.parse('{"__proto__":"1"}') },
    { env: JSON.parse('{"__proto__":"2"}') },
  ],
])('another fingerprint for another spec: %s', (_, before, after) => {
  const recorded = fingerprintSpec(spec(before), 'salt')
  expect(hasFingerprint(spec(before), recorded)).toBe(true)
  expect(hasFingerprint(spec(after), recorded)).toBe(false)
})

test('it tells nothing of what it was made of', () => {
  expect(fingerprintSpec(spec({ env: { TOKEN: 'canary' }, secrets: ['canary'] }), 'salt')).toMatch(
    /^salt:[0-9a-f]{32}$/,
  )
})
