import { fs } from './node.ts'
import { isContainer } from './container.ts'
import { isSet } from './variables.ts'

const { existsSync } = fs

/** Values of the variable `container`, which systemd asks container managers to set. */
const named = ['docker', 'lxc', 'podman']

/** The kind of container that the command runs in. WSL counts as one. `_OTHER` is a container of an unknown kind. */
export const container = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  if (process.platform !== 'linux') return undefined
  if (isSet(env['KUBERNETES_SERVICE_HOST'])) return 'kubernetes'
  if (isSet(env['WSL_DISTRO_NAME']) || isSet(env['WSL_INTEROP'])) return 'wsl'
  const given = env['container']?.trim().toLowerCase()
  const known = named.find((each) => each === given)
  if (known !== undefined) return known
  if (existsSync('/.dockerenv')) return 'docker'
  if (existsSync('/run/.containerenv')) return 'podman'
  return isSet(given) || isContainer() ? '_OTHER' : undefined
}

/** Kinds of remote development machines, each with its variables. The first variable that is set decides. */
export const remoteVariables: Readonly<Record<string, readonly string[]>> = {
  codespaces: ['CODESPACES'],
  gitpod: ['GITPOD_WORKSPACE_ID'],
  coder: ['CODER_WORKSPACE_NAME', 'CODER_AGENT_TOKEN'],
  replit: ['REPL_ID'],
  'cloud-shell': ['CLOUD_SHELL', 'ACC_CLOUD'],
  devcontainer: ['REMOTE_CONTAINERS', 'DEVCONTAINER'],
  ssh: ['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'],
}

/** The kind of remote machine that the user works on; undefined for a local one. */
export const remote = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  if (process.versions['webcontainer'] !== undefined) return 'stackblitz'
  return Object.entries(remoteVariables).find(([, names]) => names.some((name) => isSet(env[name])))?.[0]
}
