/** Fits texts to the columns of a terminal, at one column per character. A word that fits into a line is not broken. */

const lengthOf = (text: string): number => Array.from(text).length

/** Wraps between words. Lines after the first begin with `indent`. */
export const wrap = (text: string, width: number, indent = ''): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = line === '' && lines.length === 0 ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const separator = /[._\-/ ]/

/**
 * Pads a text to `width`, or cuts it. The cut comes after a part of a name such as `lambda.` if more than half of the
 * width remains.
 */
export const fit = (text: string, width: number): string => {
  const characters = Array.from(text)
  if (characters.length <= width) return text + ' '.repeat(width - characters.length)
  const room = characters.slice(0, Math.max(0, width - 1))
  const last = room.findLastIndex((character) => separator.test(character))
  const isWhole = separator.test(characters[room.length] ?? '') || last + 1 < room.length / 2
  const kept = isWhole ? room : room.slice(0, last + 1)
  return `${kept.join('')}…${' '.repeat(room.length - kept.length)}`
}

/** As many parts as fit, separated by commas, and a mark if there are more. */
export const joinFitting = (parts: readonly string[], width: number): string => {
  const whole = parts.join(', ')
  if (lengthOf(whole) <= width) return whole
  const count = parts.findLastIndex((_, at) => lengthOf(parts.slice(0, at).join(', ')) + 3 <= width)
  return count > 0 ? `${parts.slice(0, count).join(', ')}, …` : ''
}
