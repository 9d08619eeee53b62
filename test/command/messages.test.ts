import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, newPlace, run } from '../support/program.ts'

/** Every error of the command line has one form: who says it, what happened, and what to do about it. */

const place = newPlace()
afterAll(() => place.remove())
const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/command/main.js')

const write = (name: string, text: string) => {
  mkdirSync(join(place.cwd, name, '..'), { recursive: true })
  writeFileSync(join(place.cwd, name), text)
}

const addHelp = 'Add --help to see what it takes'
const otlp = ['--otlp-endpoint', 'http://127.0.0.1:9']
const noHome = { HOME: '/nowhere' }
const noDirectory = { HOME: '/dev/null' }

type Row = readonly [args: readonly string[], code: 1 | 2 | 126 | 127, says: string, env?: NodeJS.ProcessEnv]
const rows: readonly Row[] = [
  ...['status', 'enable', 'disable', 'id', 'view', 'spool', 'spool clear', 'flush', 'doctor', 'init', 'completion'].map(
    (command): Row => [[...command.split(' '), '--nope'], 2, `unknown option '--nope'`],
  ),
  [['nope'], 2, `unknown command 'nope'\n${addHelp}`],
  [['stats'], 2, `unknown command 'stats'\n(Did you mean status?)\n${addHelp}`],
  [['spool', 'nope'], 2, `too many arguments for 'list': expected 0 arguments but got 1\n${addHelp}`],
  [['view', 'a', 'b'], 2, `too many arguments for 'view': expected 1 argument but got 2\n${addHelp}`],
  [['--tool'], 2, `option '--tool <name>' argument missing\n${addHelp}`],
  [['--tool', 'Big', 'status'], 2, '--tool must be the name of a tool in lower-case letters, such as "mytool"'],
  [['enable', '--only', 'nope'], 2, '--only must be crashes, usage or all'],
  [['completion'], 2, `missing required argument 'shell'\n${addHelp}`],
  [
    ['completion', 'nope'],
    2,
    `'nope' is invalid for argument 'shell': allowed choices are zsh, bash, fish, powershell`,
  ],
  [['exec'], 2, `required option '--operation <name>' not specified\n${addHelp}`],
  [['exec', '--operation', 'x'], 2, `missing required argument 'command'\n${addHelp}`],
  [['exec', '--operation', 'X', '--', 'true'], 2, '--operation must be words of lower-case letters and digits'],
  [['exec', '--operation', 'x', '--app-version', 'X', '--', 'true'], 2, '--app-version must be a version number'],
  [['exec', '--operation'], 2, `option '--operation <name>' argument missing\n${addHelp}`],
  [['contract', '--lock'], 2, `option '--lock <file>' argument missing\n${addHelp}`],
  [['contract', '--', './text'], 2, './text cannot be run (EACCES)'],
  [['exec', '--operation', 'x', '--', 'no-such-program'], 127, 'no-such-program cannot be run (ENOENT): there is no'],
  [['exec', '--operation', 'x', '--', './text'], 126, './text cannot be run (EACCES): it is not executable'],
  ...[
    ['contract', '--check', 'node', 'cli.js', '--version'],
    ['contract', 'node', 'cli.js', '--help'],
    ['--tool', 'mytool', 'contract', '--lock', 'text', 'node', 'cli.js', '-V'],
    ['exec', '--operation', 'x', 'node', '--version'],
    ['--tool=mytool', 'exec', '--operation=x', 'true'],
  ].map((args): Row => [args, 2, 'write -- before the program: cq-telemetry ']),
  [
    ['controls', 'keygen', '--key', 'text'],
    2,
    'the file of --key cannot be written (EEXIST): it is there already, and a new key would replace it: name another',
  ],
  [['controls', 'keygen', '--key', 'nowhere/key'], 2, 'the file of --key cannot be written (ENOENT): there is no such'],
  [['controls', 'sign', 'nowhere', '--key', 'text'], 2, 'nowhere cannot be read (ENOENT): there is no such file'],
  [['controls', 'sign', 'null/package.json', '--key', 'text'], 2, 'null/package.json: it must have the form { "tool"'],
  [['controls', 'sign', 'rules', '--key', 'nowhere'], 2, 'the file of --key cannot be read (ENOENT): there is no such'],
  [
    ['flush'],
    2,
    'there is nowhere to send to (CQ_OTLP_ENDPOINT is ignored: it must be an http or https URL): give --otlp-endpoint',
    { CQ_OTLP_ENDPOINT: 'collector:4318' },
  ],
  [['view'], 1, 'nothing was recorded here: run the tool with --inspect-telemetry first, which writes cloudquery.log'],
  [['view', '--spool'], 1, 'nothing waits to be sent: run the tool with --inspect-telemetry'],
  [['view', 'nowhere'], 1, 'nowhere cannot be read (ENOENT): there is no such file or directory'],
  [['view', '.'], 1, '. cannot be read (EISDIR): it is a directory'],
  [['view', 'text/below'], 1, 'text/below cannot be read (ENOENT): there is no such file or directory'],
  [['view', 'text'], 1, 'there is no span in text: give a log of --inspect-telemetry, or a file'],
  [['view', '-'], 1, 'there is no span in standard input: give a log'],
  [
    ['flush'],
    2,
    'there is nowhere to send to: give --otlp-endpoint, or --rudder-url and --write-key-file, or set CQ_OTLP',
  ],
  [['flush', ...otlp, '--timeout', 'x'], 2, '--timeout must be a number of seconds, at most 3600'],
  [['flush', '--otlp-endpoint', 'x'], 2, '--otlp-endpoint must be an http or https URL'],
  [
    ['flush', '--rudder-url', 'http://x'],
    2,
    'the data plane needs a write key: give --write-key-file, or set CQ_RUDDER',
  ],
  [
    ['flush', '--write-key-file', 'text'],
    2,
    'the write key needs a data plane: give --rudder-url, or set CQ_RUDDER_URL',
  ],
  [
    ['flush', '--write-key-file', 'nowhere'],
    2,
    'the file of --write-key-file cannot be read (ENOENT): there is no such',
  ],
  ...['status', 'disable', 'id', 'view', 'spool'].flatMap((command): Row[] => [
    [[command], 1, 'there is no home directory of this user: set HOME to a directory of yours', noHome],
    [[command], 1, 'there is no home directory of this user: set HOME to a directory of yours', { HOME: '' }],
    [[command], 1, 'the home directory is not a directory: set HOME to a directory of yours', noDirectory],
  ]),
  [['disable', '--directory', 'x'.repeat(300)], 1, 'the choice cannot be kept (ENAMETOOLONG): the name is too long'],
  [['init'], 2, 'package.json cannot be read (ENOENT): name the directory of a project, or make one by npm init'],
  [['init', 'nowhere'], 2, 'package.json cannot be read (ENOENT): name the directory of a project'],
  [['init', 'text'], 2, 'package.json cannot be read (ENOENT): name the directory of a project'],
  [['init', 'broken'], 2, 'broken/package.json cannot be read: it is not a JSON object'],
  [['init', 'null'], 2, 'null/package.json cannot be read: it is not a JSON object'],
  [
    ['init', 'packages'],
    2,
    "holds packages, and no command: name the directory of the tool's package, e.g. init packages/",
  ],
  [['init', 'odd'], 2, '"<b>" in package.json cannot be the name of a command: change "bin" or "name"'],
  [['init', 'written'], 2, 'TELEMETRY.md would be overwritten: use --force to do so, or --dry-run to look'],
  [['init', 'instrumented'], 2, 'cli.js has telemetry already: use --force to write it anew'],
  [['init', 'tool', '--endpoint', 'x'], 2, '--endpoint must be an http or https URL'],
]

let ends: Ended[]
beforeAll(async () => {
  write('text', 'text')
  write('rules', '{"tool":"mytool","rules":[]}')
  write('tool/package.json', '{"name":"tool"}')
  write('broken/package.json', '{')
  write('null/package.json', 'null')
  write('packages/package.json', '{"workspaces":["*"]}')
  write('odd/package.json', '{"name":"<b>"}')
  write('written/package.json', '{"name":"tool"}')
  write('written/TELEMETRY.md', '')
  write('instrumented/package.json', '{"name":"tool"}')
  write('instrumented/cli.js', "import { instrumentMain } from 'cq-telemetry/main'")
  ends = []
  const next = async (from: number): Promise<void> => {
    for (let at = from; at < rows.length; at += 4) {
      const [args, , , env] = rows[at] ?? [[], 1, '']
      ends[at] = await run(process.execPath, [main, ...args], place, { CI: '1', ...env })
    }
  }
  await Promise.all([0, 1, 2, 3].map(next))
}, 120_000)

describe('an error', () => {
  test.each(rows.map((row, at) => [row[0].join(' ').slice(0, 60), row[3], at] as const))('of "%s" %o', (_, __, at) => {
    const [, code, says] = rows[at] ?? [[], 1, '']
    const { stderr, ...ended } = ends[at] ?? { stderr: '' }
    expect(ended).toEqual({ code, signal: null, stdout: '' })
    expect(stderr).toContain(says)
    const [first = '', ...more] = stderr.trimEnd().split('\n')
    expect(first).toMatch(/^cq-telemetry: \S.*[^.]$/)
    for (const line of more) expect([addHelp, expect.stringMatching(/^\(Did you mean .*\?\)$/)]).toContainEqual(line)
  })
})
