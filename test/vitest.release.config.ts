import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import every from './vitest.config.ts'

/**
 * What depends on the release of Node.js; CI runs these files on each of them, and the whole suite on one. The frameworks on each
 * release are in `hosts/frameworks.test.ts`.
 */
const files = [
  // How the package is loaded: import, require() of ES modules, two copies of it, nothing while it is off.
  'package.test.ts',
  'e2e/off.test.ts',
  'e2e/second-call.test.ts',
  // How a process ends: exit codes, signals, and what Node says of a crash.
  'e2e/ends.test.ts',
  'record/crash.test.ts',
  'command/exec.test.ts',
  // Node's own parts: the context of async calls, starting a child, its HTTP and TLS.
  'record/record.test.ts',
  'launch/awaited.test.ts',
  'deliver/child.test.ts',
  'deliver/proxy.test.ts',
  'e2e/network.test.ts',
  'inspect/inspect.test.ts',
  // zstd, which Node reads since 22.15.
  'bridge/zstd.test.ts',
]

const missing = files.filter((file) => !existsSync(new URL(file, import.meta.url)))
if (missing.length > 0) throw new Error(`no such tests: ${missing.join(', ')}`)

export default defineConfig({ test: { ...every.test, include: files } })
