import { dirname, fs, join, resolve, win32 } from '../machine/node.ts'

/**
 * Files by which a project, or the owner of a machine, switches telemetry off. They can only say no, so it does not
 * matter who wrote them or what they contain.
 */

/** The file in a project's directory. It holds for every tool that uses this package. */
export const projectFile = '.no-telemetry'

/** The directory for the settings of a whole machine. */
export const machineDirectory = (
  platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string => {
  if (platform === 'darwin') return '/Library/Application Support/cq-telemetry'
  if (platform !== 'win32') return '/etc/cq-telemetry'
  // A relative value would name another directory in each working directory.
  const data = env['ProgramData'] ?? ''
  return win32.join(win32.isAbsolute(data) ? data : 'C:\\ProgramData', 'cq-telemetry')
}

/** The files for every tool that uses this package, and for one of them. */
export const machineFiles = (app: string, directory = machineDirectory()): string[] =>
  ['off', `${app}.off`].map((name) => join(directory, name))

/** The files of this directory and of all above it. Checking for one takes a few microseconds. */
const projectFiles = (directory: string): string[] => {
  const files: string[] = []
  for (let at = resolve(directory), last; at !== last; at = dirname(at)) {
    files.push(join(at, projectFile))
    last = at
  }
  return files
}

export interface OffFile {
  /** Undefined if the rule is that the files cannot be checked for. */
  readonly path?: string
  /** The name of the rule, without the user's directories. */
  readonly rule: string
}

/**
 * The first of these files, by the text that names it; a link that leads nowhere is one too. One that cannot be looked for may be
 * a no: where an administrator's umask is 077, only root can look into a directory in `/etc`.
 */
const firstOf = (paths: readonly string[], named: (path: string) => string): OffFile | undefined => {
  for (const path of paths) {
    try {
      if (fs.lstatSync(path, { throwIfNoEntry: false })) return { path, rule: named(path) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') return { rule: `${named(path)} cannot be looked for` }
    }
  }
  return undefined
}

/** The file that switches this tool off here; undefined if there is none. `directory` is that of the machine's files. */
export const offFile = (app: string, workingDirectory: string | undefined, directory?: string): OffFile | undefined => {
  const machine = firstOf(machineFiles(app, directory), (path) => `the file ${path}`)
  if (machine) return machine
  if (workingDirectory === undefined) return { rule: 'the working directory was deleted' }
  return firstOf(projectFiles(workingDirectory), () => `a file ${projectFile} of the project`)
}
