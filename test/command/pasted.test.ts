import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { userCommand } from '../../src/api/user-command.ts'
import { usePlace } from '../support/place.ts'
import { type Place, run } from '../support/program.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'

/** Each text that names a command for users: what stands in quotes, or after a prompt, works when it is pasted into a shell. */

const place = usePlace()
const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/command/main.js')

/** As npx does where the package is installed. */
const pathWithNpx = (): string => {
  const bin = join(place.home, 'bin')
  mkdirSync(bin, { recursive: true })
  const script = (name: string, line: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  script('npx', `[ "$1" = cq-telemetry ] || exit 64; shift; exec ${shellWords(process.execPath, [main])} "$@"`)
  return `${bin}:${String(process.env['PATH'])}`
}
const paste = (line: string, at: Place = place) => run('sh', ['-c', line], at, { PATH: pathWithNpx() })

interface Tool {
  readonly app: string
  readonly more?: string
  /** What each of its texts has to name. */
  readonly named: string
}
const tools: readonly Tool[] = [
  { app: 'cloudquery', named: 'npx cq-telemetry' },
  { app: 'mytool', named: 'npx cq-telemetry --tool mytool' },
  {
    app: 'mytool',
    more: "directory: '.my tool', logFile: 'my log'",
    named: "npx cq-telemetry --tool mytool --directory '.my tool' --log-file 'my log'",
  },
]

/** A tool without an adapter. With `crash` as its argument it throws. */
const writeTool = ({ app, more = '' }: Tool): string => {
  const script = join(place.cwd, 'tool.mjs')
  writeFileSync(
    script,
    `import { instrument } from ${JSON.stringify(join(root, 'dist/index.js'))}
     const telemetry = instrument({ app: { name: '${app}', version: '1.2.3' }, otlp: { endpoint: 'http://127.0.0.1:9' },
       publicNames: { operations: ['build'] }, sendInDevelopment: true, delivery: 'manual', ${more} })
     telemetry.operation('build', () => { if (process.argv[2] === 'crash') throw new TypeError('x') })`,
  )
  return script
}
const quotedCommands = (text: string): string[] =>
  [...text.matchAll(/"([^"\n]*(?:cq-telemetry|telemetry) [^"\n]+)"/g)].map(([, command = '']) => command)

describe.each(tools)('of the tool $app, $more,', (tool) => {
  test('the hints after a crash, after --inspect-telemetry and for a manual delivery work', async () => {
    const script = writeTool(tool)
    const words = (...args: string[]) => shellWords(process.execPath, [script, ...args])
    await onTerminal(words(), place)
    await onTerminal(words('crash'), place)
    const [show = '', drop = ''] = quotedCommands((await onTerminal(words(), place)).stdout)
    expect([show, drop]).toEqual([`${tool.named} view --spool`, `${tool.named} spool clear`])
    expect((await paste(show)).stdout).toContain('└─ build')
    expect((await paste(drop)).stdout).toMatch(/\d/)
    expect(await paste(show)).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing waits') as string })

    const inspected = (await run(process.execPath, [script, '--inspect-telemetry'], place)).stderr
    const [, browser = ''] = /\(in a browser: (.*) --open\)/.exec(inspected) ?? []
    expect(browser).toContain(`${tool.named} view `)
    expect((await paste(browser)).stdout).toContain('└─ build')

    const debug = (await run(process.execPath, [script, '--debug-telemetry'], place)).stderr
    expect(quotedCommands(debug)).toContain(`${tool.named} flush`)
    // A command alone does not know where to.
    expect((await paste(`${tool.named} flush --otlp-endpoint http://127.0.0.1:9 --timeout 1`)).code).toBe(1)
  })
})

describe('of the command on a tool', () => {
  const command = `npx cq-telemetry --tool mytool`
  const choice = () => join(place.home, '.mytool/telemetry/consent.json')

  test('the remedies of status and doctor for a choice that cannot be read work', async () => {
    await paste(`${command} disable`)
    writeFileSync(choice(), '{')
    const status = (await paste(`${command} status`)).stdout
    const doctor = (await paste(`${command} doctor`)).stdout
    for (const said of [status, doctor])
      expect(quotedCommands(said)).toEqual(expect.arrayContaining([`${command} enable`, `${command} disable`]))
    for (const line of new Set(quotedCommands(status + doctor))) expect(await paste(line)).toMatchObject({ code: 0 })
    expect(readFileSync(choice(), 'utf8')).toContain('enabled')
  })

  test('the rule of status names a command that changes it', async () => {
    await paste(`${command} disable`)
    const [, rule = ''] = /^Telemetry is off \((.*)\)/.exec((await paste(`${command} status`)).stdout) ?? []
    expect(rule).toBe(`${command} disable`)
    await paste(`${command} enable`)
    expect((await paste(`${command} status`)).stdout).toContain(`Telemetry is on (${command} enable)`)
  })

  test('the examples of each help work', async () => {
    const { stdout } = await paste(`${command} view --help`)
    expect(stdout).toContain('$ cq-telemetry view')
  })
})

test('text that a shell would split is quoted', async () => {
  const app = { name: 'mytool', version: '1' }
  for (const directory of [
    '.plain',
    '.with space',
    ".with'quote",
    '.with$HOME',
    '.with`id`',
    '.with"quote',
    '.a;b',
    '.a&b',
    '.(a)',
    '.a\\b',
  ]) {
    const printed = await run(
      'sh',
      ['-c', `set -- ${userCommand({ app, directory })}; for each; do printf '%s\\n' "$each"; done`],
      place,
    )
    const expected = [
      'npx',
      'cq-telemetry',
      '--tool',
      'mytool',
      ...(directory === '.mytool' ? [] : ['--directory', directory]),
    ]
    expect(printed.stdout.trimEnd().split('\n')).toEqual(expected)
  }
})
