import { dirname, fs, join, sep } from '../machine/node.ts'

const { existsSync, realpathSync } = fs

const insidePackages = (path: string): boolean => path.split(sep).includes('node_modules')

const packageRoot = (start: string): string | undefined => {
  let directory = dirname(start)
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory)
    if (parent === directory) return undefined
    directory = parent
  }
  return directory
}

/** Whether the script runs from a checkout: through a link out of `node_modules` (`npm link`), or from a git repository. */
const isCheckout = (script: string | undefined): boolean => {
  if (script === undefined) return false
  try {
    const real = realpathSync(script)
    if (insidePackages(real)) return false
    if (insidePackages(script)) return true
    const root = packageRoot(real)
    return root !== undefined && existsSync(join(root, '.git'))
  } catch {
    return false
  }
}

/** Whether this is a development build. Its runs come from the tool's own developers and say nothing about users. */
export const isDevelopment = (
  version: string,
  env: NodeJS.ProcessEnv = process.env,
  script: string | undefined = process.argv[1],
): boolean => /^v?0\.0\.0|-dev\b/.test(version) || env['NODE_ENV'] === 'test' || isCheckout(script)
