import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Projects into which the packed package is installed as a user would, and the releases of Node.js that run them. */

const root = new URL('../..', import.meta.url).pathname

const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })

let tarball: string | undefined

/** Writes what is published into a new folder, and returns that. */
export const stage = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cq-staged-'))
  execFileSync(process.execPath, [join(root, '.ci/stage.mjs'), folder])
  return folder
}

/** The package as it would be published. */
export const pack = (): string => {
  if (tarball !== undefined) return tarball
  const staged = stage()
  const directory = mkdtempSync(join(tmpdir(), 'cq-packed-'))
  tarball = join(directory, npm(['pack', '--pack-destination', directory], staged).trim().split('\n').at(-1) ?? '')
  rmSync(staged, { recursive: true })
  return tarball
}

export interface Project {
  readonly directory: string
  remove(): void
}

/** A project with the packed package and others, each at an exact version. */
export const newProject = (packages: readonly string[], options: readonly string[] = []): Project => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-project-'))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', type: 'module' }))
  npm(['install', pack(), ...packages, ...options], directory)
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

export const copyFixtures = (project: Project, ...paths: readonly string[]): void => {
  for (const path of paths)
    cpSync(join(root, 'test/fixtures', path), join(project.directory, path), { recursive: true })
}

/** This release, and those of `.ci/node`. */
export const nodes: readonly (readonly [string, string])[] = [
  [process.versions.node.split('.')[0] ?? '', process.execPath],
  ...['22', '24', '26'].map(
    (version) => [version, join(root, `.ci/node/node_modules/node${version}/bin/node`)] as const,
  ),
]

/** Installs the other releases, unless they are there. */
export const installNodes = (): void => {
  execFileSync(join(root, '.ci/on-node'), ['26', 'node', '--version'], { stdio: 'ignore' })
}
