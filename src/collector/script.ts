import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Variables that name files, which may be relative to the current folder. A service starts in another folder. */
const paths = ['CQ_DATA', 'CQ_KEYS_FILE', 'CQ_GEO', 'CQ_SPOOL']

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The variables that a pipeline reads. Passwords are left to the service's own environment. */
const variablesOf = (files: readonly string[]): string[] => {
  const read = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\$\{env:(CQ_\w+)/g)])
  return [...new Set(read.map(([, name]) => String(name)))].filter((name) => !name.endsWith('_PASSWORD')).sort()
}

const exported = (names: readonly string[], env: NodeJS.ProcessEnv): string[] =>
  names.flatMap((name) => {
    const value = env[name]
    return value ? [`export ${name}=${quoted(paths.includes(name) ? resolve(value) : value)}`] : []
  })

/**
 * A shell script that a service manager can start without further settings. It ends a truncated line as
 * `endTruncatedLine` does, and then becomes the collector, so that the collector gets the signals itself.
 */
export const serviceScript = (collector: string, args: readonly string[], env: NodeJS.ProcessEnv): string => {
  const files = args.filter((_, index) => args[index - 1] === '--config')
  const lines = quoted(join(resolve(env['CQ_DATA'] ?? ''), 'spans', 'spans.jsonl'))
  return [
    '#!/bin/sh',
    ...exported(['GOMEMLIMIT', ...variablesOf(files)], env),
    `if [ -s ${lines} ] && [ "$(tail -c 1 ${lines} | wc -l)" -eq 0 ]; then echo >> ${lines}; fi`,
    `exec ${[collector, ...args].map(quoted).join(' ')}`,
  ].join('\n')
}
