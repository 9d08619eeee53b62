import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Ended, inspectLog, newPlace, type Place, run } from './program.ts'

/** Tools that a test writes down, run bare and instrumented. */

const root = new URL('../..', import.meta.url).pathname

export interface Written {
  /**
   * Runs it with an adapter, in a home of its own, and returns what was recorded: event, operation and error type; the options of
   * the operation; and all of it as text.
   */
  instrumented(
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Promise<Ended & { readonly events: readonly string[]; readonly options?: readonly string[]; readonly log: string }>
  /** Runs it without one. */
  bare(args: readonly string[]): Promise<Ended>
  remove(): void
}

/** `aliases` replaces packages, e.g. `commander` by `commander-8.0`; `files` are those beside the script. */
export const write = (
  name: string,
  source: string,
  { aliases = {}, files = {} }: { aliases?: Record<string, string>; files?: Record<string, string> } = {},
): Written => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-written-'))
  const modules = join(directory, 'node_modules')
  const packages = {
    'cq-telemetry': '..',
    commander: 'commander',
    yargs: 'yargs',
    citty: 'citty',
    cac: 'cac',
    clipanion: 'clipanion',
    typanion: 'typanion',
    '@stricli/core': '@stricli/core',
    ...aliases,
  }
  for (const [target, from] of Object.entries(packages)) {
    mkdirSync(dirname(join(modules, target)), { recursive: true })
    symlinkSync(join(root, 'node_modules', from), join(modules, target))
  }
  for (const [file, text] of Object.entries({ [name]: source, ...files }))
    writeFileSync(join(directory, file), text, { mode: 0o755 })
  const start = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const place = newPlace()
    try {
      const ended = await run(process.execPath, [join(directory, name), ...args], place, env)
      return { ...ended, ...recordedIn(place) }
    } finally {
      place.remove()
    }
  }
  return {
    instrumented: (args, env = {}) => start(args, { TOOL_INSPECT_TELEMETRY: '1', ...env }),
    bare: (args) => start(args, { BARE: '1', TOOL_INSPECT_TELEMETRY: '1' }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

const recordedIn = (place: Place) => {
  try {
    const tracks = inspectLog(place, 'tool-telemetry.log').filter(
      ({ message }) => message === 'inspect analytics event',
    )
    const properties = tracks.map(({ data }) => data['properties'] as Readonly<Record<string, unknown>>)
    const options = properties.find((each) => each['options'])?.['options'] as readonly string[] | undefined
    return {
      events: tracks.map(({ event }, at) =>
        [event, properties[at]?.['operation'], properties[at]?.['error_type']]
          .filter((each) => typeof each === 'string')
          .join(' '),
      ),
      ...(options && { options }),
      log: JSON.stringify(inspectLog(place, 'tool-telemetry.log')),
    }
  } catch {
    // Nothing was recorded.
    return { events: [], log: '' }
  }
}
