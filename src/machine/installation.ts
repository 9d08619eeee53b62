import { fs } from './node.ts'
import { isSingleExecutable, startedScript } from './runtime.ts'

/** The package manager that runs the command, by a script or as `npx` does. It names itself as `pnpm/10.1.0 npm/? …`. */
export const packageManager = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env['npm_config_user_agent']?.split('/', 1)[0]

/** What the path of an installed script says of the way in which it was installed; the first that matches. */
export const installPaths: Readonly<Record<string, RegExp>> = {
  /** `npx`, `pnpm dlx`, `yarn dlx`, `bunx`. */
  'one-off': /\/_npx\/|\/dlx(?:-\w+)?\/|\/bunx-[^/]*\//,
  brew: /\/(?:Cellar|homebrew|\.?linuxbrew)\//,
  global:
    /\/lib\/node_modules\/|\/npm\/node_modules\/|\/pnpm\/(?:.*\/)?global\/|\/[Yy]arn\/(?:.*\/)?global\/|\/\.bun\/install\/global\/|\/\.volta\//,
  local: /\/node_modules\//,
}

/** How a tool with this script was installed; undefined for a checkout, and for what no pattern knows. */
export const installKindOf = (script: string): string | undefined => {
  const path = script.replaceAll('\\', '/')
  return Object.entries(installPaths).find(([, pattern]) => pattern.test(path))?.[0]
}

/** How the tool was installed. What a package manager puts into the path is a link. */
export const installKind = (): string | undefined => {
  if (isSingleExecutable()) return 'standalone'
  const script = startedScript()
  try {
    return script === undefined ? undefined : installKindOf(fs.realpathSync(script))
  } catch {
    return undefined
  }
}
