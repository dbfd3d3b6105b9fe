import type { Json } from '../events/event.ts'
import type { ChildSpec } from './child-spec.ts'
import { invalidSpec } from './invalid-spec.ts'
import { normalizeCopy, type ChildContext } from './normalize-child.ts'
import { pathTo } from './place.ts'
import { specOptions } from './spec-options.ts'
import { snapshot } from './snapshot.ts'
import { specWords, type WordsRecord } from './spec-words.ts'
import { wordsToJson } from './words-to-json.ts'

/**
 * The JSON form of a spec, or of the options of one: a plain value for `JSON.stringify`, from which `parseChildSpec`
 * makes the same spec. What equals a default is left out, but for `lifetime`. It holds everything a start needs: values
 * of the environment and secrets, too. Lone surrogates are kept: a JSON text escapes them.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what JSON cannot hold, which is a function, a logger and a stream, and for invalid options
 */
export function formatChildSpec(specOrOptions: unknown, context: ChildContext): Json {
  const spec = normalizeCopy(specOptions(snapshot(specOrOptions)), context)
  const path = context.path ?? ''
  return wordsToJson(withChildren(spec), {
    text: (text) => text,
    infinity: 'Infinity',
    other(keys, got) {
      const [expected, at] = ['something that JSON can hold', pathTo(path, keys)]
      const words = `Expected \`${at}\` to be ${expected}, got ${got}`
      throw invalidSpec([{ issue: Object.freeze({ path: at, expected, got }), words }], spec.id)
    },
  })
}

function withChildren(spec: ChildSpec): WordsRecord {
  if (spec.kind !== 'supervisor' || spec.children.length === 0) return specWords(spec)
  return { ...specWords(spec), children: spec.children.map((child) => withChildren(child)) }
}
