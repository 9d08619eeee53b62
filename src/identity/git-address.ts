/** The address of a Git repository, as a configuration of Git has it. */

/** The first `url` of the remote `origin`. */
export const originIn = (config: string): string => {
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
export const urlForm = new RegExp(String.raw`^(?!file:)[a-z][a-z\d+.-]*://(?:[^/]*@)?${host}(?::\d*)?/([^?#]+)`, 'i')
/** `git@example.org:team/project`. */
export const shortForm = new RegExp(String.raw`^(?:[^/@:]*@)?${host}:(?!:)([^?#]+)`, 'i')

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
