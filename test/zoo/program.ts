import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A published tool, as its authors ship it and as they would instrument it. */

/** The installed packages. */
export const modules = new URL('./node_modules/', import.meta.url).pathname

/** In which the instrumented copies are: their own dependencies are found in the folder above. */
const copies = join(modules, '.instrumented/node_modules')

/** A text of one of the tool's files, and what stands there instead: on as many lines, so that stacks stay the same. */
export type Patch = readonly [file: string, text: string, replacement: string]

export interface Tool {
  /** Name of the package. */
  readonly name: string
  /** Its command, as in `bin`. Default: the name. */
  readonly bin?: string
  readonly patches: readonly Patch[]
  /** The working directory of each run: paths and texts. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: NodeJS.ProcessEnv
  /** Replaces what differs between two runs of the bare tool too. */
  readonly normalise?: (text: string) => string
}

/** The options of an author, as source text. What is recorded waits for the test, which reads it. */
export const options = (app: string, version: string): string =>
  JSON.stringify({
    app: { name: app, version },
    rudder: { writeKey: 'the-write-key', dataPlaneUrl: 'http://127.0.0.1:9' },
    directory: '.cq',
    delivery: 'manual',
    sendInDevelopment: true,
  })

interface Manifest {
  readonly bin: string | Readonly<Record<string, string>>
}

const patch = (directory: string, [file, text, replacement]: Patch): void => {
  const path = join(directory, file)
  const before = readFileSync(path, 'utf8')
  if (before.split(text).length !== 2) throw new Error(`${path} does not have this text once: ${text}`)
  writeFileSync(
    path,
    before.replace(text, () => replacement),
  )
}

/** Makes a folder with the tool's command alone. */
const commandOf = (directory: string, { name, bin = name }: Tool): string => {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
  const file = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[bin]
  if (file === undefined) throw new Error(`${name} has no command ${bin}`)
  const path = mkdtempSync(join(modules, '.bin-'))
  symlinkSync(join(directory, file), join(path, bin))
  return path
}

/** Folders for `PATH`. */
export interface Commands {
  readonly bare: string
  readonly instrumented: string
  remove(): void
}

/** Makes the instrumented copy. Throws if the tool does not have a text that is to be replaced. */
export const prepare = (tool: Tool): Commands => {
  const original = realpathSync(join(modules, tool.name))
  const copy = join(copies, tool.name)
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(dirname(copy), { recursive: true })
  cpSync(original, copy, { recursive: true })
  for (const each of tool.patches) patch(copy, each)
  const bare = commandOf(original, tool)
  const instrumented = commandOf(copy, tool)
  return {
    bare,
    instrumented,
    remove: () => {
      for (const directory of [bare, instrumented]) rmSync(directory, { recursive: true, force: true })
    },
  }
}
