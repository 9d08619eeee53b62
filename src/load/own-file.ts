import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file that this code is in, for a host that is bundled into one; one that is CommonJS does not know its address. */
export const ownFile = (): string => {
  try {
    return fileURLToPath(import.meta.url)
  } catch {
    return resolve(process.argv[1] ?? process.execPath)
  }
}
