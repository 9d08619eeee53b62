import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run, runFixture } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'
import { usePlace, useReceiver } from '../support/place.ts'

const place = usePlace()
const receiver = useReceiver()

const fixture = shellWords(process.execPath, [new URL('../fixtures/fetch.mjs', import.meta.url).pathname])
const sending = (): NodeJS.ProcessEnv => ({ RUDDER_URL: receiver.url, DELIVERY: 'inline' })
const sentence = 'Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable'
const whole = (): string => `${sentence}. Data goes to ${new URL(receiver.url).host}.`
/** One for each run that was sent. */
const sentRuns = (): number => tracksOf(receiver.requests).filter(({ event }) => event === 'fetch').length
const spool = (): string[] => {
  const path = join(place.home, '.cq/telemetry/spool')
  return existsSync(path) ? readdirSync(path).map((name) => name.split('.').at(-1) ?? '') : []
}
const noticeKept = (): boolean => existsSync(join(place.home, '.cq/telemetry/notice'))

describe('on a terminal', () => {
  test('the first run shows the notice with the host and sends nothing, and the next run sends both and shows nothing', async () => {
    const first = await onTerminal(fixture, place, sending())
    expect({ code: first.code, shown: first.stdout.trim().split('\r\n') }).toEqual({
      code: 0,
      shown: [whole(), 'enabled true'],
    })
    expect(receiver.requests).toEqual([])
    expect(spool()).toEqual(['jsonl'])
    const second = await onTerminal(fixture, place, sending())
    expect(second.stdout).toBe('enabled true\r\n')
    expect(sentRuns()).toBe(2)
    expect(spool()).toEqual([])
    expect((await onTerminal(fixture, place, sending())).stdout).toBe('enabled true\r\n')
    expect(sentRuns()).toBe(3)
  })

  test('a run that collects more shows the notice again with the difference, and is sent by the next run', async () => {
    const random = { ...sending(), IDENTITY: '"random-only"' }
    await onTerminal(fixture, place, random)
    await onTerminal(fixture, place, random)
    expect(sentRuns()).toBe(2)
    const { stdout } = await onTerminal(fixture, place, sending())
    expect(stdout.trim().split('\r\n')).toEqual([
      whole(),
      'New since you last saw this: identity hashes, identity hashes without a key.',
      'enabled true',
    ])
    expect(sentRuns()).toBe(2)
    for (const env of [random, sending()])
      expect((await onTerminal(fixture, place, env)).stdout).toBe('enabled true\r\n')
    expect(sentRuns()).toBe(5)
  })

  test('the notice is printed on standard error, not on standard output', async () => {
    const { stdout } = await onTerminal(`${fixture} > out`, place, sending())
    expect(stdout.trim()).toBe(whole())
    expect(readFileSync(join(place.cwd, 'out'), 'utf8')).toBe('enabled true\n')
  })

  test.each([{ CQ_NO_TELEMETRY: '1' }, { RUDDER_URL: '' }])(
    'the notice is not shown while telemetry is off: %j',
    async (env) => {
      expect((await onTerminal(fixture, place, { ...sending(), ...env })).stdout).toBe('enabled false\r\n')
      expect(noticeKept()).toBe(false)
    },
  )

  test('notice "silent" shows and sends nothing', async () => {
    for (let each = 0; each < 2; each++) {
      expect((await onTerminal(fixture, place, { ...sending(), NOTICE: 'silent' })).stdout).toBe('enabled true\r\n')
    }
    expect({ requests: receiver.requests, spool: spool(), kept: noticeKept() }).toEqual({
      requests: [],
      spool: ['held', 'held'],
      kept: false,
    })
  })

  test('a notice on a redirected standard error does not count as shown', async () => {
    for (const away of ['2>&-', '2>/dev/null', '2>err']) {
      const { code, stdout } = await onTerminal(`${fixture} ${away}`, place, sending())
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'enabled true\r\n' })
    }
    expect(readFileSync(join(place.cwd, 'err'), 'utf8')).toBe('')
    expect({ spool: spool(), kept: noticeKept() }).toEqual({ spool: ['held', 'held', 'held'], kept: false })
    expect(receiver.requests).toEqual([])
  })
})

describe('without a terminal', () => {
  test('no notice is shown, and held runs are never sent, even after a terminal has shown the notice', async () => {
    const { stdout, stderr } = await runFixture('fetch.mjs', place, sending())
    expect({ stdout, stderr }).toEqual({ stdout: 'enabled true\n', stderr: '' })
    expect(spool()).toEqual(['held'])
    await onTerminal(fixture, place, sending())
    expect(spool()).toEqual(['jsonl'])
    await runFixture('fetch.mjs', place, sending())
    expect(sentRuns()).toBe(2)
    expect(spool()).toEqual([])
  })

  test('notice "anywhere" shows the notice, which counts', async () => {
    const env = { ...sending(), NOTICE: 'anywhere' }
    expect((await runFixture('fetch.mjs', place, env)).stderr.trim()).toBe(whole())
    expect(receiver.requests).toEqual([])
    expect((await runFixture('fetch.mjs', place, env)).stderr).toBe('')
    expect(sentRuns()).toBe(2)
  })
})

describe('in CI', () => {
  test('each run shows the notice and is sent', async () => {
    for (const runs of [1, 2]) {
      const { stdout, stderr } = await runFixture('fetch.mjs', place, { ...sending(), CI: 'true' })
      expect({ stdout, shown: stderr.trim() }).toEqual({ stdout: 'enabled true\n', shown: whole() })
      expect(sentRuns()).toBe(runs)
    }
  })

  test('notice "silent" shows nothing and sends nothing', async () => {
    const { stderr } = await runFixture('fetch.mjs', place, { ...sending(), CI: 'true', NOTICE: 'silent' })
    expect({ stderr, requests: receiver.requests, spool: spool() }).toEqual({
      stderr: '',
      requests: [],
      spool: ['held'],
    })
  })
})

test.each([{ CI: 'true' }, { NOTICE: 'anywhere' }])(
  'a notice on a broken standard error does not count: %j',
  async (env) => {
    // The reader of the pipe is gone before the program starts.
    const directory = mkdtempSync(join(tmpdir(), 'cq-pipe-'))
    const line = `mkfifo ${directory}/p; exec 4<>${directory}/p 3>${directory}/p; exec 4<&-; ${fixture} 2>&3 3>&-`
    const { code, stdout } = await run('sh', ['-c', line], place, { ...sending(), ...env })
    rmSync(directory, { recursive: true })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'enabled true\n' })
    expect({ requests: receiver.requests, spool: spool(), kept: noticeKept() }).toEqual({
      requests: [],
      spool: ['held'],
      kept: false,
    })
  },
)
