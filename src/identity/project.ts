import { readBytes, statOf } from '../machine/read-file.ts'
import { dirname, fs, join, os, resolve } from '../machine/node.ts'
import { workingDirectory } from '../machine/working-directory.ts'
import { canonicalAddress, originIn } from './git-address.ts'

/** An entry point of its own, so that only tools that count projects load it. */

/** A repository of a thousand branches has 100 kB. */
const maxBytes = 262_144

const textOf = (path: string): string => {
  const read = readBytes(path, maxBytes)
  return read.kind === 'content' ? read.bytes.toString('utf8') : ''
}

/**
 * The configuration of a repository. In a worktree and in a submodule, `.git` is a file that names the directory. A
 * worktree uses the configuration of its main repository.
 */
const configOf = (git: string): string => {
  if (statOf(git)?.isDirectory()) return join(git, 'config')
  const [, target] = /^gitdir: (.+)/.exec(textOf(git)) ?? []
  if (target === undefined) return ''
  const own = resolve(dirname(git), target.trim())
  return join(resolve(own, textOf(join(own, 'commondir')).trim()), 'config')
}

const realPath = (path: string): string => {
  try {
    return fs.realpathSync(path)
  } catch {
    return path
  }
}

/** Git passes over a directory that is no repository, such as an empty one that a container has mounted over `.git`. */
const isRepository = (git: string): boolean =>
  statOf(git)?.isFile() === true || statOf(join(git, 'config')) !== undefined

/**
 * The `.git` of this directory or of one above it, below the home. A home under Git holds settings, and is no project.
 */
const gitAbove = (directory: string, home: string): string | undefined => {
  const homes = [resolve(home), realPath(home)]
  for (let at = resolve(directory), last = ''; at !== last && !homes.includes(at); at = dirname(at)) {
    const git = join(at, '.git')
    if (isRepository(git)) return git
    last = at
  }
  return undefined
}

/**
 * The address of the Git repository that the tool runs in, for the option `project`: the address of the remote
 * `origin`, in one form for all ways to clone it, without user and password. It does not run Git, and reads at most
 * three files of `.git`. The root commit is not used, because it needs Git, and a shallow clone, which most CI jobs
 * have, lacks it. Undefined without a repository, in the home directory itself, and if the address is only valid on
 * this machine. Never throws.
 */
export const gitProject = (directory = workingDirectory(), home = os().homedir()): string | undefined => {
  const git = directory === undefined ? undefined : gitAbove(directory, home)
  return git === undefined ? undefined : canonicalAddress(originIn(textOf(configOf(git))))
}
