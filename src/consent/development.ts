import { fs, join, sep } from '../machine/node.ts'
import { type Manifest, packageAbove } from '../machine/package-file.ts'

const { existsSync, realpathSync } = fs

const insidePackages = (path: string): boolean => path.split(sep).includes('node_modules')

const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)

/** Whether a package is the tool's own. A user may keep a bundle of the tool in a project of theirs. */
const isOf = (app: string, { name, bin, dependencies, devDependencies }: Manifest): boolean =>
  name.replace(/^@[^/]*\//, '') === app ||
  has(bin, app) ||
  [dependencies, devDependencies].some((each) => has(each, 'cq-telemetry'))

/**
 * Whether the script runs from a checkout of the tool: through a link out of `node_modules` (`npm link`), or from git.
 */
const isCheckout = (app: string, script: string | undefined): boolean => {
  if (script === undefined) return false
  try {
    const real = realpathSync(script)
    if (insidePackages(real)) return false
    const above = packageAbove(real)
    if (!above || !isOf(app, above.manifest)) return false
    return insidePackages(script) || existsSync(join(above.root, '.git'))
  } catch {
    return false
  }
}

/**
 * Variables that test runners set for the programs that they start: node --test, Vitest, Jest, node-tap. Others set
 * `NODE_ENV`.
 */
export const testVariables = ['NODE_TEST_CONTEXT', 'VITEST', 'JEST_WORKER_ID', 'TAP']

/** Runners that set no variable, and run the tool in their own process. They may be instrumented themselves. */
const isRunBy = (app: string, script: string | undefined): boolean => {
  const [, runner] = /[\\/]node_modules[\\/](?:\.bin[\\/])?_?(mocha|jasmine|uvu)(?![^\\/.])/.exec(script ?? '') ?? []
  return runner !== undefined && runner !== app
}

const isTest = (env: NodeJS.ProcessEnv): boolean =>
  env['NODE_ENV'] === 'test' || testVariables.some((name) => env[name]) || process.execArgv.includes('--test')

/**
 * Whether this is a development build or a test. Such runs come from the tool's own developers and say nothing about
 * users.
 */
export const isDevelopment = (
  { name, version }: { readonly name: string; readonly version: string },
  env: NodeJS.ProcessEnv = process.env,
  script: string | undefined = process.argv[1],
): boolean => /^v?0\.0\.0|-dev\b/.test(version) || isTest(env) || isRunBy(name, script) || isCheckout(name, script)
