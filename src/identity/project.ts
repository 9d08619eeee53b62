import { readBytes, statOf } from '../machine/files.ts'
import { dirname, fs, join, resolve } from '../machine/node.ts'
import { workingDirectory } from '../machine/working-directory.ts'
import type { Hash } from './hashes.ts'

/**
 * The anonymous id of a project: a hash of the address of its Git repository, as `.git/config` has it. Git is not run. The root
 * commit would be in packed objects, and a shallow clone, which most CI jobs have, does not contain it.
 */

/** A repository of a thousand branches has 100 kB. */
const maxBytes = 262_144

const textOf = (path: string): string => {
  const read = readBytes(path, maxBytes)
  return read.kind === 'content' ? read.bytes.toString('utf8') : ''
}

/** In a worktree and in a submodule, `.git` is a file that names the directory. A worktree shares the configuration of another. */
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

/** `.git` in this directory or in one above it, below the home: a home under Git holds settings, and is no project. */
const gitAbove = (directory: string, home: string | undefined): string | undefined => {
  const homes = home === undefined ? [] : [home, realPath(home)]
  for (let at = resolve(directory), last = ''; at !== last && !homes.includes(at); at = dirname(at)) {
    const git = join(at, '.git')
    if (statOf(git)) return git
    last = at
  }
  return undefined
}

/** The first `url` of the remote `origin`. */
const originIn = (config: string): string => {
  const [, section = ''] =
    /^[ \t]*\[[ \t]*remote[ \t]+"origin"[ \t]*\]([^\n]*(?:\n(?![ \t]*\[)[^\n]*)*)/im.exec(config) ?? []
  const [, value = ''] = /^[ \t]*url[ \t]*=(.*)/im.exec(section) ?? []
  return value
    .replace(/[#;].*/, '')
    .replaceAll('"', '')
    .trim()
}

/** Only a name with a dot means the same machine to everybody: not `localhost`, an address, or a name of `~/.ssh/config`. */
const host = String.raw`((?:[a-z\d-]+\.)+[a-z][a-z\d-]*)`
const urlForm = new RegExp(String.raw`^(?!file:)[a-z][a-z\d+.-]*://(?:[^/]*@)?${host}(?::\d*)?/([^?#]+)`, 'i')
/** `git@example.org:team/project`. */
const shortForm = new RegExp(String.raw`^(?:[^/@:]*@)?${host}:(?!:)([^?#]+)`, 'i')

/**
 * The address of a repository in one form, whichever way it was cloned: without scheme, user, password, port and `.git`, in
 * lower case. Undefined for a path of this machine.
 */
export const canonicalAddress = (url: string): string | undefined => {
  const [, name = '', path = ''] = urlForm.exec(url) ?? shortForm.exec(url) ?? []
  const parts = path.replace(/\.git\/*$/i, '').split('/')
  const address = [name, ...parts.filter((part) => part !== '')].join('/').toLowerCase()
  return address === name.toLowerCase() ? undefined : address
}

/** Undefined where there is no repository, or none with an address that others know. Never throws. */
export const projectId = (hash: Hash, home: string | undefined, directory = workingDirectory()): string | undefined => {
  const git = directory === undefined ? undefined : gitAbove(directory, home)
  const address = git === undefined ? undefined : canonicalAddress(originIn(textOf(configOf(git))))
  return address === undefined ? undefined : hash('project', address)
}
