/**
 * Node's own modules, loaded by `process.getBuiltinModule`. An `import` of `node:fs` in an ES module takes 2 ms more,
 * since its named exports include streams and promises; and an `import` loads a module in runs that do not need it.
 * Source: `node --cpu-prof` of an empty command, Node 20 and 24.
 */

/** Node itself has loaded these modules before a command starts, so they cost nothing. */
export const fs: typeof import('node:fs') = process.getBuiltinModule('node:fs')
export const { basename, delimiter, dirname, join, parse, relative, resolve, sep } =
  process.getBuiltinModule('node:path')
export const { fileURLToPath } = process.getBuiltinModule('node:url')

/** Loaded on first use, because each takes up to 8 ms. */
export const os = (): typeof import('node:os') => process.getBuiltinModule('node:os')
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')
export const tty = (): typeof import('node:tty') => process.getBuiltinModule('node:tty')
export const childProcess = (): typeof import('node:child_process') => process.getBuiltinModule('node:child_process')
export const nodeModule = (): typeof import('node:module') => process.getBuiltinModule('node:module')
export const asyncHooks = (): typeof import('node:async_hooks') => process.getBuiltinModule('node:async_hooks')
export const vm = (): typeof import('node:vm') => process.getBuiltinModule('node:vm')
