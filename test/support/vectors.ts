import { createHash } from 'node:crypto'
import { formats } from './vector-formats.ts'

/** Random examples of the formats in `vector-formats.ts`, and the search for them in whatever leaves. */

/** Makes a random text of an expression. */
export type Draw = (expression: string) => string

/** A number below `limit`, from mulberry32: a seed makes the same vectors again. */
type Random = (limit: number) => number
const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

const membersOf = (set: string): string[] =>
  [...set.matchAll(/(.)-(.)|(.)/gs)].flatMap(([, from, to, one]) => {
    if (one !== undefined) return [one]
    const [first, last] = [String(from).charCodeAt(0), String(to).charCodeAt(0)]
    return Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index))
  })

/** A class with its repeat, or one character; the last `-` of a class is itself. */
const atoms = /\[([^\]]+)\](?:\{(\d+)(?:,(\d+))?\})?|(.)/gs

/** Where an expression is random, its part is kept as `piece`. */
const expand = (expression: string, random: Random, piece: (part: string) => void): string =>
  expression.replaceAll(atoms, (_, set?: string, least?: string, most?: string, literal?: string) => {
    if (set === undefined) return String(literal)
    const members = membersOf(set)
    const from = Number(least ?? 1)
    const length = from + random(Number(most ?? from) - from + 1)
    const part = Array.from({ length }, () => members[random(members.length)]).join('')
    piece(part)
    return part
  })

/** One secret, planted at one place. */
export interface Vector {
  readonly format: string
  readonly input: string
  readonly text: string
  /** The parts that are random, where they are long enough not to occur by chance. */
  readonly pieces: readonly string[]
}

/** Shorter parts are not looked for on their own. */
const minPiece = 12

const example = ([format, make]: (typeof formats)[number], input: string, random: Random): Vector => {
  const pieces: string[] = []
  const draw: Draw = (expression) => expand(expression, random, (part) => pieces.push(part))
  const text = typeof make === 'string' ? draw(make) : make(draw)
  return { format, input, text, pieces: pieces.filter(({ length }) => length >= minPiece) }
}

export const seed = Number(process.env['CQ_TEST_SEED'] ?? Date.now() % 1e9)
const random = seeded(seed)

/** A new example of each format for this input. */
export const vectorsFor = (input: string): Vector[] => formats.map((format) => example(format, input, random))

const reversed = (text: string): string => Array.from(text).reverse().join('')
const hashes = (text: string): string[] =>
  // Sixteen digits of a hash are enough to find it where it is cut.
  ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(text).digest('hex').slice(0, 16))
const base64s = (text: string): string[] =>
  [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.from('_'.repeat(shift) + text).toString('base64')
    // Without the characters at either end that depend on the neighbours.
    const inner = encoded.slice(shift === 0 ? 0 : 4, -4)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })

/** The forms in which a text could leave. */
export const forms: Readonly<Record<string, (text: string) => string[]>> = {
  plain: (text) => [text],
  'lower case': (text) => [text.toLowerCase()],
  'upper case': (text) => [text.toUpperCase()],
  reversed: (text) => [reversed(text)],
  hex: (text) => [Buffer.from(text).toString('hex'), Buffer.from(text).toString('hex').toUpperCase()],
  base64: base64s,
  'URL-encoded': (text) => [encodeURIComponent(text)],
  'JSON-escaped': (text) => [JSON.stringify(text).slice(1, -1), JSON.stringify(JSON.stringify(text)).slice(3, -3)],
  hashed: hashes,
}

/** Needles are kept by their first characters, so that one pass over a text looks for all of them. */
const keyLength = 8

/** Which keys there may be, by a number made of five of their characters: most places of a text need no further look. */
const filterOf = () => {
  const bits = new Uint8Array(1 << 21)
  const numberAt = (text: string, at: number): number => {
    let number = 0
    for (let next = at; next < at + 5; next += 1) number = (Math.imul(number, 33) + text.charCodeAt(next)) | 0
    return number & ((1 << 24) - 1)
  }
  const set = (key: string) => {
    const number = numberAt(key, 0)
    bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7))
  }
  const has = (text: string, at: number): boolean => {
    const number = numberAt(text, at)
    return ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0
  }
  return { set, has }
}

/** Finds `format @ input (form)` of each vector that is in the text. */
export const searchFor = (vectors: readonly Vector[]): ((text: string) => string[]) => {
  const needles = new Map<string, { readonly needle: string; readonly says: string }[]>()
  const filter = filterOf()
  const add = (needle: string, says: string) => {
    if (needle.length < keyLength) return
    const key = needle.slice(0, keyLength)
    filter.set(key)
    const known = needles.get(key)
    if (!known) needles.set(key, [{ needle, says }])
    else if (!known.some((each) => each.needle === needle)) known.push({ needle, says })
  }
  for (const { format, input, text, pieces } of vectors)
    for (const [form, encode] of Object.entries(forms))
      for (const part of [text, ...pieces]) for (const each of encode(part)) add(each, `${format} @ ${input} (${form})`)
  return (text) => {
    const found = new Set<string>()
    for (let at = 0; at + keyLength <= text.length; at += 1)
      for (const { needle, says } of filter.has(text, at) ? (needles.get(text.slice(at, at + keyLength)) ?? []) : [])
        if (text.startsWith(needle, at)) found.add(says)
    return [...found].sort()
  }
}
