import { delimiter, resolve } from '../machine/node.ts'
import { childVariable } from '../machine/variables.ts'

/** Variables for proxies, which the child inherits unchanged. */
const texts = /^(?:https?|no|all)_proxy$/i
/** Variables with one path: certificates, and those that an operating system needs for any process. */
const singlePaths =
  /^(?:HOME|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i
/** Variables with a list of paths. Without the library paths, a dynamically linked Node does not start. */
const pathLists = /^(?:PATH|SSL_CERT_DIR|(?:DY)?LD_LIBRARY_PATH)$/i

/**
 * The environment of the child. The child has another working directory, so paths are made absolute. `directory` is the
 * host's working directory at its start. An empty entry of a list means the same directory.
 */
export const childEnvironment = (directory: string): NodeJS.ProcessEnv => {
  const absolute = (path: string) => resolve(directory, path)
  const inherited = Object.entries(process.env).flatMap(([name, value = '']) => {
    if (texts.test(name)) return [[name, value]]
    if (value === '') return []
    if (singlePaths.test(name)) return [[name, absolute(value)]]
    return pathLists.test(name) ? [[name, value.split(delimiter).map(absolute).join(delimiter)]] : []
  })
  return { ...Object.fromEntries(inherited), [childVariable]: '1' }
}
