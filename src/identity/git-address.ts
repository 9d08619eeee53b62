/** The address of a Git repository, from its configuration. */

/** `[remote "origin"]`, or `[remote.origin]`, as Git wrote it once. A key may follow in the same line. */
const sectionLine = /^[ \t]*\[[ \t]*([\w.-]+)(?:[ \t]+"((?:\\.|[^"\\])*)")?[ \t]*\]/
/** A value up to a comment, which begins outside of quotes. */
const valueBeforeComment = /^(?:"(?:\\.|[^"\\])*"|[^#;"])*/

const isOrigin = (name: string, quoted: string | undefined): boolean =>
  quoted === undefined ? name.toLowerCase() === 'remote.origin' : name.toLowerCase() === 'remote' && quoted === 'origin'

const valueOf = (text = ''): string => (valueBeforeComment.exec(text)?.[0] ?? '').replaceAll('"', '').trim()

/** The first `url` of the remote `origin`, whose section may be there several times. */
export const originIn = (config: string): string => {
  // A backslash at its end continues a line.
  const lines = config
    .replace(/^\ufeff/, '')
    .replaceAll(/\\\r?\n/g, '')
    .split('\n')
  let within = false
  for (const line of lines) {
    const [header, name = '', quoted] = sectionLine.exec(line) ?? []
    if (header !== undefined) within = isOrigin(name, quoted)
    const [, value] = (within && /^[ \t]*url[ \t]*=(.*)/i.exec(line.slice(header?.length))) || []
    const url = valueOf(value)
    if (url !== '') return url
  }
  return ''
}

/**
 * A host name with a dot, which means the same machine everywhere. Not `localhost`, an address, or a name from
 * `~/.ssh/config`, such as `github.com-work`: no top-level domain has a hyphen, except those that begin with `xn--`.
 */
const host = String.raw`((?:[a-z\d-]+\.)+(?:xn--[a-z\d-]+|[a-z][a-z\d]*))`
export const urlForm = new RegExp(String.raw`^(?!file:)[a-z][a-z\d+.-]*://(?:[^/]*@)?${host}(?::\d*)?/([^?#]+)`, 'i')
/** `git@example.org:team/project`. */
export const shortForm = new RegExp(String.raw`^(?:[^/@:]*@)?${host}:(?!:)([^?#]+)`, 'i')

/**
 * Other addresses of the same repository: hosts that take SSH on port 443 (docs of GitHub, GitLab and Bitbucket), the paths of
 * Azure DevOps and of its old host, and those of Bitbucket Data Center over HTTPS. In their order.
 */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^www\./, ''],
  [/^(?:ssh\.(?=github\.com\/)|altssh\.(?=gitlab\.com\/|bitbucket\.org\/))/, ''],
  [/^(?:ssh\.dev\.azure|vs-ssh\.visualstudio)\.com\/v3\/([^/]+)\/([^/]+)\/([^/]+)$/, 'dev.azure.com/$1/$2/_git/$3'],
  [/^([^./]+)\.visualstudio\.com\/(?:defaultcollection\/)?/, 'dev.azure.com/$1/'],
  [/^dev\.azure\.com\/([^/]+)\/_git\/([^/]+)$/, 'dev.azure.com/$1/$2/_git/$2'],
  [/^([^/]+)\/scm\/([^/]+\/[^/]+)$/, '$1/$2'],
]

/** `[git@example.org:22]:team/project`: Git takes a port in the short form too. */
const withoutBrackets = (url: string): string => url.replace(/^\[([^\]:]*)(?::\d*)?\]:/, '$1:')

/**
 * The address of a repository in one form, whichever way it was cloned: without scheme, user, password, port and `.git`, in
 * lower case. Undefined for a path of this machine.
 */
export const canonicalAddress = (url: string): string | undefined => {
  const [, name = '', path = ''] = urlForm.exec(url) ?? shortForm.exec(withoutBrackets(url)) ?? []
  const parts = path.replace(/\.git\/*$/i, '').split('/')
  const address = [name, ...parts.filter((part) => part !== '')].join('/').toLowerCase()
  if (address === name.toLowerCase()) return undefined
  return aliases.reduce((text, [form, instead]) => text.replace(form, instead), address)
}
