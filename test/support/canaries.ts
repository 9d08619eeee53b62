import { randomBytes } from 'node:crypto'

/** Secrets that are planted where a user has some, each with a mark of its own by which it is found again. */
export interface Canary {
  readonly text: string
  readonly mark: string
}

const forms: readonly ((mark: string) => string)[] = [
  (mark) => mark,
  (mark) => `AKIA${mark.toUpperCase()}`,
  (mark) => `ghp_${mark}`,
  (mark) => `xoxb-${mark}-${mark}`,
  (mark) => `sk_live_${mark}`,
  (mark) => `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${mark}"}`).toString('base64url')}.${mark}`,
  (mark) => `-----BEGIN PRIVATE KEY-----\n${mark}\n-----END PRIVATE KEY-----`,
  (mark) => `postgres://user-${mark}:pw-${mark}@db01.${mark}.corp:5432/db`,
  (mark) => `${mark}@example.org`,
  (mark) => `/home/${mark}/.aws/credentials`,
  (mark) => `C:\\Users\\${mark}\\AppData`,
  (mark) => `db01.${mark}.corp.internal`,
  (mark) => `https://${mark}:x@example.org/?token=${mark}`,
  (mark) => encodeURIComponent(`pass word/${mark}`),
  (mark) => Buffer.from(`password=${mark}`).toString('base64'),
  (mark) => `first line\n    at ${mark} (/srv/${mark}/index.js:1:1)\nlast line`,
  (mark) => `192.0.2.7 ${mark}`,
  (mark) => `ssn-${mark}`,
]

/** As many canaries as asked for, in all forms. A mark is letters alone, so that no encoding for URLs changes it. */
export const plant = (count: number): Canary[] =>
  Array.from({ length: count }, (_, index) => {
    const letters = [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')
    const mark = `cnry${letters}`
    return { mark, text: (forms[index % forms.length] as (mark: string) => string)(mark) }
  })

/** A text in the encodings in which it could hide: as it is, reversed, in hex, in base64 at each of the three alignments. */
const encodings = (text: string): string[] => [
  text,
  Buffer.from(text).reverse().toString(),
  Buffer.from(text).toString('hex'),
  ...[0, 1, 2].map((shift) => {
    const encoded = Buffer.from('_'.repeat(shift) + text).toString('base64')
    // Without the characters at either end that depend on the neighbours.
    return encoded.slice(shift === 0 ? 0 : 4, -4)
  }),
]

/** The marks of those that are in the text, in whichever encoding. */
export const found = (canaries: readonly Canary[], text: string): string[] =>
  canaries
    .filter(({ mark }) => [mark, mark.toUpperCase()].flatMap(encodings).some((encoded) => text.includes(encoded)))
    .map(({ mark }) => mark)
