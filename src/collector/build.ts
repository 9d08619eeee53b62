import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDirectory, configDirectory } from './paths.ts'

const manifest = join(configDirectory, 'builder.yaml')

interface Manifest {
  readonly text: string
  readonly name: string
  readonly version: string
}

const readManifest = (): Manifest => {
  const text = readFileSync(manifest, 'utf8')
  const fieldOf = (key: string): string => new RegExp(`^ {2}${key}: (\\S+)$`, 'm').exec(text)?.[1] ?? ''
  return { text, name: fieldOf('name'), version: fieldOf('version') }
}

type Say = (line: string) => void

/** The output goes to standard error, because the command's own output is the path of the collector, or a script. */
const run = (command: string, args: readonly string[], cwd: string, what: string): void => {
  const { status, error, signal } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] })
  if (error || status !== 0) {
    const why = error ? (error as NodeJS.ErrnoException).code : (signal ?? `exit code ${status}`)
    throw new Error(`${what} failed (${why}): its output above says why`)
  }
}

const hasGo = (): boolean => spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0

/** The builder only generates the sources. Its own `go mod tidy` would also fetch modules that only tests need. */
const compile = (directory: string, { name, version }: Manifest): string => {
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`
  const generate = ['run', builder, '--config', manifest, '--skip-compilation', '--skip-get-modules']
  run('go', generate, directory, 'the builder of the collector')
  const flags = ['-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', join(directory, name)]
  run('go', ['build', ...flags, '.'], join(directory, 'sources'), 'building the collector')
  return join(directory, name)
}

const noCollector =
  'there is no collector yet, and no Go to build one with: install Go 1.26 or newer (https://go.dev/dl) and run this ' +
  'again, or set OTELCOL_BIN to a collector that has the modules of builder.yaml'

const buildInto = (target: string, description: Manifest, say: Say): void => {
  if (!hasGo()) throw new Error(noCollector)
  say(`building the collector once, in a few minutes, into ${target}`)
  const directory = mkdtempSync(join(cacheDirectory(), 'building-'))
  try {
    renameSync(compile(directory, description), target)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * The path of the built collector. Its name contains a hash of the manifest, so that a changed manifest leads to a new
 * build.
 */
const targetOf = ({ text, name, version }: Manifest, env: NodeJS.ProcessEnv): string => {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return join(cacheDirectory(env), `${name}-${version}-${hash}`)
}

/**
 * Path of the collector: OTELCOL_BIN, else the one in the cache, which is built if it is missing. Throws an error that
 * says what to install.
 */
export const findCollector = (say: Say, env = process.env): string => {
  const given = env['OTELCOL_BIN']
  if (given) {
    if (existsSync(given)) return given
    throw new Error('OTELCOL_BIN names a file that is not there')
  }
  const description = readManifest()
  const target = targetOf(description, env)
  if (existsSync(target)) return target
  mkdirSync(cacheDirectory(env), { recursive: true })
  buildInto(target, description, say)
  return target
}
