/**
 * Modules of Node's that take up to milliseconds to load, loaded when they are first needed: a command that ends before
 * then never pays for them.
 */
export const os = (): typeof import('node:os') => process.getBuiltinModule('node:os')

export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

export const tty = (): typeof import('node:tty') => process.getBuiltinModule('node:tty')

export const childProcess = (): typeof import('node:child_process') => process.getBuiltinModule('node:child_process')

export const vm = (): typeof import('node:vm') => process.getBuiltinModule('node:vm')

export const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib')

export const modules = (): typeof import('node:module') => process.getBuiltinModule('node:module')
