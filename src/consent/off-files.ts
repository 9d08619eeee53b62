import { dirname, fs, join, resolve } from '../machine/node.ts'

/**
 * Files by which a project, or the owner of a machine, switches telemetry off. They can only ever say no, so it does not
 * matter who has written them, or what is in them.
 */

/** In the directory of a project, for every tool that uses this package. */
export const projectFile = '.no-telemetry'

/** The directory for the settings of a whole machine. */
const machineDirectory = (): string => {
  if (process.platform === 'darwin') return '/Library/Application Support/cq-telemetry'
  if (process.platform !== 'win32') return '/etc/cq-telemetry'
  return join(process.env['ProgramData'] ?? 'C:\\ProgramData', 'cq-telemetry')
}

/** For every tool that uses this package, or for one of them. */
export const machineFiles = (app: string, directory = machineDirectory()): string[] =>
  ['off', `${app}.off`].map((name) => join(directory, name))

/** In this directory and in all above it. To look for one costs some microseconds. */
const projectFiles = (directory: string): string[] => {
  const files: string[] = []
  for (let at = resolve(directory), last; at !== last; at = dirname(at)) {
    files.push(join(at, projectFile))
    last = at
  }
  return files
}

export interface OffFile {
  /** Undefined if there may be one that cannot be looked for. */
  readonly path?: string
  /** Says which it is, without the user's directories. */
  readonly rule: string
}

/** The file that switches this tool off here; undefined if there is none. `directory` is that of the machine's files. */
export const offFile = (app: string, workingDirectory: string | undefined, directory?: string): OffFile | undefined => {
  const machine = machineFiles(app, directory).find((path) => fs.existsSync(path))
  if (machine !== undefined) return { path: machine, rule: `the file ${machine}` }
  if (workingDirectory === undefined) return { rule: 'the working directory was deleted' }
  const project = projectFiles(workingDirectory).find((path) => fs.existsSync(path))
  return project === undefined ? undefined : { path: project, rule: `a file ${projectFile} of the project` }
}
