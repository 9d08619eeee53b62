import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { cacheDirectory, configDirectory } from './paths.ts'

const manifest = join(configDirectory, 'builder.yaml')

interface Manifest {
  readonly dist: { readonly name: string; readonly version: string }
}

const readManifest = (): { text: string } & Manifest => {
  const text = readFileSync(manifest, 'utf8')
  return { text, ...(parse(text) as Manifest) }
}

type Say = (line: string) => void

const run = (command: string, args: readonly string[], cwd: string, what: string): void => {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) {
    throw new Error(`${what} failed (${error ? (error as NodeJS.ErrnoException).code : `exit code ${status}`})`)
  }
}

const hasGo = (): boolean => spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0

/** The builder only generates the sources. Its own `go mod tidy` would also fetch modules that only tests need. */
const compile = (directory: string, { dist: { name, version } }: Manifest): string => {
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`
  const generate = ['run', builder, '--config', manifest, '--skip-compilation', '--skip-get-modules']
  run('go', generate, directory, 'the builder of the collector')
  const flags = ['-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', join(directory, name)]
  run('go', ['build', ...flags, '.'], join(directory, 'sources'), 'building the collector')
  return join(directory, name)
}

const buildInto = (target: string, description: Manifest, say: Say): void => {
  if (!hasGo()) {
    throw new Error(
      'there is no collector: set OTELCOL_BIN to one that has the modules of collector-config/builder.yaml, ' +
        'or install Go 1.26 or newer (https://go.dev/dl), which builds one',
    )
  }
  say(`building the collector once, in a few minutes, into ${target}`)
  const directory = mkdtempSync(join(cacheDirectory(), 'building-'))
  try {
    renameSync(compile(directory, description), target)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Path of the collector: OTELCOL_BIN, else the one in the cache, which is built if it is missing. The file's name
 * contains a hash of the manifest, so a changed manifest leads to a new build. Throws an error that says what to
 * install.
 */
export const findCollector = (say: Say, env = process.env): string => {
  const given = env['OTELCOL_BIN']
  if (given) {
    if (existsSync(given)) return given
    throw new Error('OTELCOL_BIN names a file that is not there')
  }
  const description = readManifest()
  const hash = createHash('sha256').update(description.text).digest('hex').slice(0, 12)
  const target = join(cacheDirectory(env), `${description.dist.name}-${description.dist.version}-${hash}`)
  if (existsSync(target)) return target
  mkdirSync(cacheDirectory(env), { recursive: true })
  buildInto(target, description, say)
  return target
}
