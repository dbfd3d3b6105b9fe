const cardinals = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]
const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
  'eleventh',
  'twelfth',
]

/** `two`, up to twelve; then digits. */
export const cardinal = (count: number): string => cardinals[count] ?? String(count)

/** `third`, up to twelfth; then `13th`. */
export function ordinal(place: number): string {
  const word = ordinals[place - 1]
  if (word !== undefined) return word
  const [tens, ones] = [Math.floor(place / 10) % 10, place % 10]
  const ending = tens === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][ones] ?? 'th')
  return `${place}${ending}`
}

/** `one restart`, `two restarts`. */
export const counted = (count: number, what: string): string => `${cardinal(count)} ${what}${count === 1 ? '' : 's'}`
