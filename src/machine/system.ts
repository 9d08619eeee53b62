import { readBytes } from './files.ts'
import { os } from './node.ts'

/**
 * Operating system, processor and runtime, as OpenTelemetry's semantic conventions name them. Without the host name.
 */

const osTypes: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows', sunos: 'solaris' }
const archs: Record<string, string> = { x64: 'amd64', ia32: 'x86', arm: 'arm32', ppc: 'ppc32' }

/** The numbers at the start of a version. The rest is free text, which may contain e.g. the name of who built it. */
export const leadingNumbers = (text: string): string | undefined => /^\d{1,6}(?:\.\d{1,6}){0,2}/.exec(text)?.[0]

const osName = (): string | undefined => {
  if (process.platform === 'darwin') return 'macos'
  if (process.platform === 'win32') return 'windows'
  const file = readBytes('/etc/os-release', 4_096)
  return file.kind === 'content' ? /^ID="?([a-z0-9._-]+)"?$/m.exec(file.bytes.toString('utf8'))?.[1] : undefined
}

const runtime = (): string => {
  if (process.versions['bun'] !== undefined) return 'bun'
  return process.versions['deno'] === undefined ? 'nodejs' : 'deno'
}

export const system = (): Record<string, unknown> => ({
  'os.type': osTypes[process.platform] ?? process.platform,
  'os.name': osName(),
  'os.version': leadingNumbers(os().release()),
  'host.arch': archs[process.arch] ?? process.arch,
  'process.runtime.name': runtime(),
  'process.runtime.version': leadingNumbers(process.versions.node),
})
