import { dirname, fs } from './node.ts'
import { isSingleExecutable, startedScript } from './runtime.ts'

export const packageManagerNames: readonly string[] = ['npm', 'pnpm', 'yarn', 'bun', 'deno']

/**
 * The package manager that runs the command, by a script or as `npx` does; `_OTHER` for one that is not in the list. It names
 * itself as `pnpm/10.1.0 npm/? …`.
 */
export const packageManager = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const [given = ''] = (env['npm_config_user_agent'] ?? '').trim().toLowerCase().split(/[/\s]/, 1)
  if (given === '') return undefined
  return packageManagerNames.includes(given) ? given : '_OTHER'
}

/** Patterns of script paths, by the way of installation. The first that matches decides. */
export const installPaths: Readonly<Record<string, RegExp>> = {
  /** `npx`, `pnpm dlx`, `yarn dlx`, `bunx`. */
  'one-off': /\/_npx\/|\/dlx(?:-\w+)?\/|\/\.?bunx-[^/]*\//,
  /**
   * Homebrew's own packages. Packages that `npm -g` of Homebrew's Node installs are elsewhere, in `lib/node_modules`.
   */
  brew: /\/(?:Cellar|Caskroom)\//,
  global:
    /\/lib\/node_modules\/|\/npm\/node_modules\/|\/global\/v?\d+\/(?:[^/]+\/){0,2}node_modules\/|\/[Yy]arn\/(?:[^/]+\/){0,2}global\/|\/install\/global\/node_modules\/|\/(?:\.volta|Volta)\/tools\/|\/mise\/installs\/|\/scoop\/(?:apps|persist)\/nodejs[^/]*\//,
  local: /\/node_modules\//,
}

const withSlashes = (path: string): string => path.replaceAll('\\', '/')

/** On Windows `npm -g` may install beside `node.exe`, as with nvm-windows and fnm. */
const isBesideNode = (path: string, node: string): boolean =>
  path.toLowerCase().startsWith(`${withSlashes(node).toLowerCase()}/node_modules/`)

const kindOfPath = (script: string, node: string): string | undefined => {
  const path = withSlashes(script)
  const kind = Object.entries(installPaths).find(([, pattern]) => pattern.test(path))?.[0]
  return kind === 'local' && isBesideNode(path, node) ? 'global' : kind
}

/**
 * How a tool was installed, by the path that its script was started with, and by that path without links. Undefined for
 * a checkout, and if no pattern matches. npm links a bin to the script; pnpm starts the script by a path with links
 * into its store. `node` is the directory of the runtime.
 */
export const installKindOf = (script: string, real = script, node = dirname(process.execPath)): string | undefined => {
  const started = kindOfPath(script, node)
  const kind = kindOfPath(real, node)
  return kind === 'local' && started !== undefined ? started : kind
}

/** How the tool was installed. */
export const installKind = (): string | undefined => {
  if (isSingleExecutable()) return 'standalone'
  const script = startedScript()
  try {
    return script === undefined ? undefined : installKindOf(script, fs.realpathSync(script))
  } catch {
    return undefined
  }
}
