import { zlib } from '../builtin.ts'

/**
 * A text that hardly any run needs, as the build packs it: V8 reads through each character of a string when its file is loaded
 * (20 ns), so there are fewer.
 */
export const unpacked = (text: string): string =>
  zlib().brotliDecompressSync(Buffer.from(text, 'base64')).toString('utf8')
