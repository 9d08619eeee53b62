/**
 * A text without this character at its end, however often it stands there. Not by a regular expression such as `/\/+$/`, which
 * takes the square of the time where another character follows.
 */
export const withoutEnd = (text: string, character: string): string => {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end -= 1
  return text.slice(0, end)
}
