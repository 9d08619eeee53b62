/**
 * Modules of Node, through `process.getBuiltinModule`: `import … from 'node:fs'` in an ES module also loads streams and
 * promises for its named exports (2 ms), and modules that only some runs need should not be loaded by the others.
 * Source: `node --cpu-prof` of an empty command, Node 20 and 24.
 */

/** Node has loaded it before any command starts; what costs is the facade of an import. */
export const fs: typeof import('node:fs') = process.getBuiltinModule('node:fs')

/** Loaded on first use; each takes up to 8 ms. */
export const os = (): typeof import('node:os') => process.getBuiltinModule('node:os')
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')
export const tty = (): typeof import('node:tty') => process.getBuiltinModule('node:tty')
export const childProcess = (): typeof import('node:child_process') => process.getBuiltinModule('node:child_process')
export const nodeModule = (): typeof import('node:module') => process.getBuiltinModule('node:module')
export const asyncHooks = (): typeof import('node:async_hooks') => process.getBuiltinModule('node:async_hooks')
export const vm = (): typeof import('node:vm') => process.getBuiltinModule('node:vm')
