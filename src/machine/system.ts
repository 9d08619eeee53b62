import { readBytes } from './read-file.ts'
import { os } from './node.ts'

/**
 * Operating system, processor and runtime, in the terms of OpenTelemetry's semantic conventions. The host name is left
 * out.
 */

const osTypes: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows', sunos: 'solaris' }
const archs: Record<string, string> = { x64: 'amd64', ia32: 'x86', arm: 'arm32', ppc: 'ppc32' }

/** The numbers at the start of a version. The rest is free text, such as the name of the person who built it. */
export const leadingNumbers = (text: string): string | undefined => /^\d{1,6}(?:\.\d{1,6}){0,2}/.exec(text)?.[0]

/** Name and version of a product, from the text of the system's own file. A rolling distribution has no version. */
interface Product {
  readonly file: string
  readonly name: RegExp | string
  readonly version: RegExp
}

const products: Partial<Record<NodeJS.Platform, Product>> = {
  linux: {
    file: '/etc/os-release',
    name: /^ID=["']?([a-z0-9._-]+)["']?$/m,
    version: /^VERSION_ID=["']?(\d[\d.]*)["']?$/m,
  },
  darwin: {
    file: '/System/Library/CoreServices/SystemVersion.plist',
    name: 'macos',
    version: /<key>ProductVersion<\/key>\s*<string>(\d[\d.]*)<\/string>/,
  },
}

/** The product that users know, e.g. `debian` `12`; the kernel has a version of its own. Exported for tests. */
export const productOf = (platform: NodeJS.Platform, text: string, kernel: string | undefined) => {
  const product = products[platform]
  // On Windows, the kernel's version is the product's version.
  if (!product) return { 'os.name': platform === 'win32' ? 'windows' : undefined, 'os.version': kernel }
  const { name, version } = product
  return {
    'os.name': typeof name === 'string' ? name : name.exec(text)?.[1],
    'os.version': leadingNumbers(version.exec(text)?.[1] ?? ''),
  }
}

const fileOf = (platform: NodeJS.Platform): string => {
  const product = products[platform]
  const file = product && readBytes(product.file, 4_096)
  return file?.kind === 'content' ? file.bytes.toString('utf8') : ''
}

const runtime = (): string => {
  if (process.versions['bun'] !== undefined) return 'bun'
  return process.versions['deno'] === undefined ? 'nodejs' : 'deno'
}

export const system = (): Record<string, unknown> => {
  const kernel = leadingNumbers(os().release())
  return {
    'os.type': osTypes[process.platform] ?? process.platform,
    ...productOf(process.platform, fileOf(process.platform), kernel),
    'cq.os.kernel': kernel,
    'host.arch': archs[process.arch] ?? process.arch,
    'process.runtime.name': runtime(),
    'process.runtime.version': leadingNumbers(process.versions.node),
  }
}
