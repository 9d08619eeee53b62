import { delimiter, resolve } from '../machine/node.ts'
import { childVariable } from '../machine/variables.ts'

/**
 * The variables that the child inherits: what an operating system needs for any process, proxies and certificates. The
 * child works in another directory, so what holds a path, or a list of them, is made absolute.
 */

type Kind = 'text' | 'path' | 'paths'

const inherited: Readonly<Record<string, Kind>> = {
  PATH: 'paths',
  // Without it a Node that is linked dynamically does not start.
  LD_LIBRARY_PATH: 'paths',
  DYLD_LIBRARY_PATH: 'paths',
  HOME: 'path',
  USERPROFILE: 'path',
  APPDATA: 'path',
  LOCALAPPDATA: 'path',
  SYSTEMROOT: 'path',
  TMPDIR: 'path',
  TEMP: 'path',
  TMP: 'path',
  NODE_EXTRA_CA_CERTS: 'path',
  SSL_CERT_FILE: 'path',
  SSL_CERT_DIR: 'paths',
  HTTP_PROXY: 'text',
  HTTPS_PROXY: 'text',
  ALL_PROXY: 'text',
  NO_PROXY: 'text',
}

/** An empty entry of a list means the working directory, an empty path nothing. */
const absolute: Readonly<Record<Kind, (value: string, directory: string) => string>> = {
  text: (value) => value,
  path: (value, directory) => (value === '' ? value : resolve(directory, value)),
  paths: (value, directory) =>
    value === ''
      ? value
      : value
          .split(delimiter)
          .map((each) => resolve(directory, each))
          .join(delimiter),
}

/** `directory`: the host's working directory at its start, to which relative paths refer. */
export const childEnvironment = (directory: string, env = process.env): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(env).flatMap(([name, value = '']) => {
      const upper = name.toUpperCase()
      const kind = Object.hasOwn(inherited, upper) ? inherited[upper] : undefined
      return kind ? [[name, absolute[kind](value, directory)]] : []
    }),
  ),
  [childVariable]: '1',
})
