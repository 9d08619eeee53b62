import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const zoo = new URL('.', import.meta.url).pathname
const lock = join(zoo, 'package-lock.json')
const modules = join(zoo, 'node_modules')
/** A copy of the lock file from which the packages were installed. */
const installed = join(modules, '.installed-lock.json')

const isCurrent = (): boolean => existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8')

/** Installs the packages of the lock file, if they have changed, with this repository as `cq-telemetry`. */
export const setup = (): void => {
  if (!isCurrent()) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: zoo, stdio: 'inherit' })
    copyFileSync(lock, installed)
  }
  const own = join(modules, 'cq-telemetry')
  rmSync(own, { force: true, recursive: true })
  symlinkSync(join(zoo, '../..'), own)
}
