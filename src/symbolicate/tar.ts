import { gunzipSync } from 'node:zlib'

/** Reads a package archive as `npm pack` makes it: only regular files, without the folder that contains all of them. */

const block = 512
/** An archive that is larger after decompression is not read. */
const maxBytes = 512_000_000

const textAt = (header: Buffer, begin: number, length: number): string =>
  header.toString('utf8', begin, begin + length).replace(/\0.*$/s, '')

const sizeOf = (header: Buffer): number => Number.parseInt(textAt(header, 124, 12).trim() || '0', 8)

/** The path in an extended header of POSIX: lines of `<length> <key>=<value>`. */
const paxPath = (text: string): string | undefined => /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1]

const pathOf = (header: Buffer): string => {
  const [name, prefix] = [textAt(header, 0, 100), textAt(header, 345, 155)]
  return prefix === '' ? name : `${prefix}/${name}`
}

const withoutFolder = (path: string): string => path.slice(path.indexOf('/') + 1)

/** The files by their paths. Throws if the data is no archive. */
export const filesInArchive = (archive: Buffer): Map<string, Buffer> => {
  const data = gunzipSync(archive, { maxOutputLength: maxBytes })
  const files = new Map<string, Buffer>()
  let longPath: string | undefined
  for (let at = 0; at + block <= data.length;) {
    const header = data.subarray(at, at + block)
    if (header[0] === 0) break
    const size = sizeOf(header)
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('a header has no size')
    const content = data.subarray(at + block, at + block + size)
    const type = String.fromCharCode(header[156] ?? 0)
    // `x` (POSIX) and `L` (GNU) contain the path of the file that follows.
    if (type === 'x') longPath = paxPath(content.toString('utf8'))
    else if (type === 'L') longPath = content.toString('utf8').replace(/\0.*$/s, '')
    else {
      if (type === '0' || type === '\0') files.set(withoutFolder(longPath ?? pathOf(header)), content)
      longPath = undefined
    }
    at += block + Math.ceil(size / block) * block
  }
  return files
}
