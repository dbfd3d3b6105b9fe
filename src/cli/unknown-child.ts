import { nearestName } from '../spec/nearest-name.ts'
import { Misuse } from './misuse.ts'
import { showText } from './show-text.ts'

/** There is no such child in the journal; the one that was probably meant is named. */
export function unknownChild(child: string, known: readonly string[]): Misuse {
  const nearest = nearestName(child, [...new Set(known)])
  const meant = nearest === undefined ? '' : `; did you mean "${showText(nearest)}"?`
  return new Misuse(`No child "${showText(child)}" in this journal${meant}`)
}
