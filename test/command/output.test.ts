import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPlace, run, runFixture } from '../support/program.ts'
import { sawNotice, spoolDirectory } from '../support/spool.ts'
import { shellWords } from '../support/terminal.ts'
import { withinOneDay } from '../support/one-day.ts'

/** What a command writes arrives whole, however it is read and however the process ends. */

withinOneDay()

/** One for all: no command here changes what is in it. */
const place = newPlace()
afterAll(() => place.remove())

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const fixture = (name: string) => new URL(`../fixtures/${name}.mjs`, import.meta.url).pathname
const env = (): NodeJS.ProcessEnv => ({ RUDDER_URL: 'http://127.0.0.1:9', DELIVERY: 'manual', OPERATIONS: '800' })
const shell = (line: string) => run('bash', ['-c', line], place, { ...env(), FORCE_COLOR: '' })

/** More than a pipe holds. */
const pipeBytes = 65_536

beforeAll(async () => {
  sawNotice(place)
  await runFixture('many-then-exit.mjs', place, { ...env(), CQ_INSPECT_TELEMETRY: '1', OPERATIONS: '150' })
  await runFixture('fetch.mjs', place, env())
  const [name = ''] = readdirSync(spoolDirectory(place))
  const text = readFileSync(join(spoolDirectory(place), name))
  for (let at = 0; at < 300; at++) {
    const id = `0mhvfg00${String(at).padStart(11, '0')}`
    writeFileSync(join(spoolDirectory(place), name.replace(/\.[0-9a-z]{19}\./, `.${id}.`)), text)
  }
})

const commands = [
  { args: ['status'] },
  { args: ['status', '--json'] },
  { args: ['id'] },
  { args: ['spool'] },
  { args: ['spool', 'list', '--json'], large: true },
  { args: ['doctor'], code: 0 },
  { args: ['doctor', '--json'] },
  { args: ['view'] },
  { args: ['view', '--json'], large: true },
  { args: ['view', '--all', '--json', '--spool'] },
  { args: ['view', '--html', 'page.html'] },
  { args: ['--help'] },
  { args: ['no-such-command'], code: 2, stream: 2 },
  { args: ['view', 'no-such-file'], code: 1, stream: 2 },
]
const hosts = [
  { host: 'cq-telemetry', program: main, commands },
  {
    host: 'a tool that exits at once',
    program: fixture('command'),
    commands: commands.filter(({ large, code = 0 }) => large || code > 0),
  },
]

describe.each(hosts)('of $host', ({ program, commands: given }) => {
  test.each(given)('$args to a slow pipe and to a closed one', async ({ args, code = 0, stream = 1, large }) => {
    const line = shellWords(process.execPath, [program, ...args])
    const only = stream === 1 ? '2> /dev/null' : '2>&1 > /dev/null'
    const { stdout } = await shell(
      `${line} ${stream}> whole ${stream === 1 ? '2>' : '>'} /dev/null; echo $?
      ${line} ${only} | (sleep 0.3; cat > slow); echo \${PIPESTATUS[0]}
      (sleep 0.3; ${line} ${stream === 1 ? '' : '2>&1 > /dev/null'}) 2> said | true; echo \${PIPESTATUS[0]}`,
    )
    expect(stdout).toBe(`${code}\n${code}\n${code}\n`)
    // The age of a file, or the time of a check, may pass from one second to the next.
    const text = (name: string) => readFileSync(join(place.cwd, name), 'utf8')
    expect(text('slow').length).toBe(text('whole').length)
    expect(text('slow').length).toBeGreaterThan(large ? pipeBytes : 0)
    if (stream === 1) expect(text('said')).not.toMatch(/EPIPE|Error/)
  })
})

describe('the text of an inspected run', () => {
  const line = () => `CQ_INSPECT_TELEMETRY=1 ${shellWords(process.execPath, [fixture('many')])}`

  test('is written completely to a slow pipe, although the host exits at once', async () => {
    await shell(`${line()} 2> whole; ${line()} 2>&1 > /dev/null | (sleep 0.3; cat > slow)`)
    const lines = (name: string) => readFileSync(join(place.cwd, name), 'utf8').split('\n').length
    expect(statSync(join(place.cwd, 'slow')).size).toBeGreaterThan(0)
    expect(lines('slow')).toBe(lines('whole'))
  })

  test('is dropped silently if the pipe is closed, even under debug', async () => {
    const { stdout } = await shell(
      `(sleep 0.3; CQ_DEBUG_TELEMETRY=1 ${line()}) 2>&1 > /dev/null | true; echo \${PIPESTATUS[0]}`,
    )
    expect(stdout).toBe('0\n')
  })
})
