/**
 * Control characters, and those that turn the direction of writing: what a child calls itself, or an error says, must not
 * move the cursor, colour the screen or swap what is read.
 */
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Text of a log as a terminal may show it, on one line: what is unsafe is written as its number. */
export function showText(text: string): string {
  return text.replaceAll(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
