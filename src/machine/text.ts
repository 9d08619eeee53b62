/**
 * The text without this character at its end, however often it is repeated. A regular expression such as `/\/+$/` would
 * take quadratic time if another character follows.
 */
export const withoutEnd = (text: string, character: string): string => {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end -= 1
  return text.slice(0, end)
}
