import { fs, join, os } from './node.ts'
import { isContainer } from './container.ts'
import { readBytes } from './read-file.ts'
import { isSet } from './variables.ts'

const { existsSync } = fs

/** Names that container managers give themselves, as systemd asks them to. */
const named = ['docker', 'lxc', 'podman', 'wsl']

const nameIn = (given: string | undefined): string | undefined =>
  named.find((each) => each === given?.trim().toLowerCase())

/** systemd keeps the name for processes that do not inherit the variable, such as a login in LXC (systemd's CONTAINER_INTERFACE). */
const keptName = (root: string): string | undefined => {
  const read = readBytes(join(root, 'run/systemd/container'), 100)
  return read.kind === 'content' ? nameIn(read.bytes.toString('utf8')) : undefined
}

/** `sudo` removes the variables of WSL. WSL 1 writes `-Microsoft`. */
const isKernelOfWsl = (kernel: string): boolean => /-microsoft\b/i.test(kernel)

/**
 * The kind of container that the command runs in. WSL counts as one. `_OTHER` is a container of an unknown kind. `root`
 * and `kernel` are the root of the file system and the release of the kernel.
 */
export const container = (env = process.env, root = '/', kernel = os().release()): string | undefined => {
  if (process.platform !== 'linux') return undefined
  if (isSet(env['KUBERNETES_SERVICE_HOST'])) return 'kubernetes'
  if (isSet(env['WSL_DISTRO_NAME']) || isSet(env['WSL_INTEROP'])) return 'wsl'
  const given = nameIn(env['container'])
  if (given) return given
  if (existsSync(join(root, '.dockerenv'))) return 'docker'
  if (existsSync(join(root, 'run/.containerenv'))) return 'podman'
  const kept = keptName(root)
  if (kept) return kept
  if (isSet(env['container'])) return '_OTHER'
  // A container on WSL has this kernel too, so its own marks come first.
  if (isKernelOfWsl(kernel)) return 'wsl'
  return isContainer() ? '_OTHER' : undefined
}

/** Kinds of remote development machines, each with its variables. The first variable that is set decides. */
export const remoteVariables: Readonly<Record<string, readonly string[]>> = {
  codespaces: ['CODESPACES'],
  gitpod: ['GITPOD_WORKSPACE_ID', 'GITPOD_ENVIRONMENT_ID'],
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
