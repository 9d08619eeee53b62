import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { userCommand } from '../../src/api/user-command.ts'
import { pathsFor, stateHome } from '../../src/machine/layout.ts'
import { settingFor } from '../../src/command/setting.ts'
import { capture } from '../../src/testing/index.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Ended, run, runFixture } from '../support/program.ts'
import { resourcesOf } from '../support/receiver.ts'

/** The option `directory: 'xdg'`: where the files of a tool are, for its runs and for everything that looks at them. */

describe('the directory for state', () => {
  const linux = '/home/ann/.local/state'
  const mac = '/Users/ann/Library/Application Support'
  const windows = 'C:\\Users\\ann\\AppData\\Local'

  test.each<[NodeJS.Platform, string, Record<string, string>, string]>([
    ['linux', '/home/ann', {}, linux],
    ['freebsd', '/home/ann', {}, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: '' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: '/var/state' }, '/var/state'],
    ['linux', '/home/ann', { XDG_STATE_HOME: 'state' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: './state' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: '../state' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: '~/state' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: '$HOME/state' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: ' /var/state' }, linux],
    ['linux', '/home/ann', { XDG_STATE_HOME: 'C:\\state' }, linux],
    ['linux', '/home/ann', { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', LOCALAPPDATA: '/l' }, linux],
    ['darwin', '/Users/ann', {}, mac],
    ['darwin', '/Users/ann', { XDG_STATE_HOME: '/Users/ann/state' }, '/Users/ann/state'],
    ['darwin', '/Users/ann', { XDG_STATE_HOME: 'state', LOCALAPPDATA: '/l' }, mac],
    ['win32', 'C:\\Users\\ann', {}, windows],
    ['win32', 'C:\\Users\\ann', { LOCALAPPDATA: 'D:\\Local' }, 'D:\\Local'],
    ['win32', 'C:\\Users\\ann', { LOCALAPPDATA: 'Local' }, windows],
    ['win32', 'C:\\Users\\ann', { LOCALAPPDATA: 'D:Local' }, windows],
    ['win32', 'C:\\Users\\ann', { LOCALAPPDATA: '' }, windows],
    ['win32', 'C:\\Users\\ann', { LOCALAPPDATA: 'D:\\Local', XDG_STATE_HOME: 'E:\\state' }, 'E:\\state'],
  ])('on %s below %s with %j is %s', (platform, home, env, expected) => {
    expect(stateHome(home, env, platform)).toBe(expected)
  })
})

const place = usePlace()
const receiver = useReceiver()
const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const fixture = new URL('../fixtures/fetch.mjs', import.meta.url).pathname
const tool = (env: NodeJS.ProcessEnv = {}) =>
  runFixture('fetch.mjs', place, {
    RUDDER_URL: receiver.url,
    CQ_OTLP_ENDPOINT: receiver.url,
    DIRECTORY: 'xdg',
    DELIVERY: 'inline',
    NOTICE: 'anywhere',
    ...env,
  })
const inState = (...path: string[]) => join(place.home, '.local/state/cloudquery', ...path)
const inHome = (...path: string[]) => join(place.home, '.cq', ...path)
const put = (path: string, text = ''): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const id = '00000000-aaaa-4bbb-8ccc-123456789abc'

test('a run stores everything in it, its child sends from it, and the home contains nothing else', async () => {
  // The run that shows the notice starts no child.
  await tool()
  expect((await tool()).code).toBe(0)
  expect(resourcesOf(receiver.requests)[0]?.['app.installation.id']).toBe(
    readFileSync(inState('telemetry-random-id'), 'utf8').trim(),
  )
  expect(readdirSync(inState('telemetry/spool'))).toEqual([])
  expect(existsSync(inState('telemetry/consent.json'))).toBe(true)
  expect(readdirSync(place.home)).toEqual(['.local'])
  expect(readdirSync(join(place.home, '.local/state'))).toEqual(['cloudquery'])
})

test.each<[string, () => void]>([
  ['the id', () => put(inHome('telemetry-random-id'), `${id}\n`)],
  ['a choice', () => put(inHome('telemetry/consent.json'), '{"enabled":true,"generation":"0123456789abcdef"}\n')],
  ['an empty directory of ours', () => mkdirSync(inHome('telemetry'), { recursive: true })],
])('a directory in the home with %s stays in use', async (_, before) => {
  before()
  await tool()
  expect(existsSync(inHome('telemetry/consent.json'))).toBe(true)
  expect(existsSync(join(place.home, '.local'))).toBe(false)
})

test.each<[string, () => void]>([
  ["files of the tool's own", () => put(inHome('config.yml'))],
  ['nothing', () => mkdirSync(inHome())],
  ['a dangling link', () => (mkdirSync(inHome()), symlinkSync('/nowhere', inHome('telemetry')))],
])('a directory in the home with %s is not used', async (_, before) => {
  before()
  await tool()
  expect(existsSync(inState('telemetry/consent.json'))).toBe(true)
})

test.each<[string, string, boolean]>([
  ['an absolute', '', true],
  ['a relative', 'relative', false],
])('%s value of the variable counts: %s', async (_, value, counts) => {
  const state = join(place.cwd, 'made/anew')
  await tool({ XDG_STATE_HOME: value === '' ? state : value })
  expect(existsSync(join(state, 'cloudquery/telemetry/consent.json'))).toBe(counts)
  expect(existsSync(inState('telemetry/consent.json'))).toBe(!counts)
  expect(existsSync(join(place.cwd, 'relative'))).toBe(false)
})

describe('all commands agree on the directory', () => {
  type Look = (...args: string[]) => Promise<Ended>
  const ways: [string, Look][] = [
    ['the command of the tool', (...args) => runFixture('command.mjs', place, { DIRECTORY: 'xdg' }, args)],
    ['cq-telemetry with the option', (...args) => run(process.execPath, [main, '--directory', 'xdg', ...args], place)],
    ['cq-telemetry that knows the name alone', (...args) => run(process.execPath, [main, ...args], place)],
  ]

  test.each(ways)('%s', async (_, look) => {
    await tool({ DELIVERY: 'manual' })
    const [status, doctor, list] = await Promise.all([look('status', '--json'), look('doctor'), look('spool', 'list')])
    expect(JSON.parse(status.stdout)).toMatchObject({
      consent: inState('telemetry/consent.json'),
      idFile: inState('telemetry-random-id'),
      spool: { directory: inState('telemetry/spool'), files: 1 },
    })
    expect(doctor.stdout).toContain(inState('telemetry-random-id'))
    expect(list.stdout).toContain('ready')
    await look('disable')
    expect(existsSync(inState('telemetry-random-id'))).toBe(false)
    expect(readdirSync(inState('telemetry/spool'))).toEqual([])
    expect((await tool()).stdout).toContain('enabled false')
    expect(receiver.requests).toEqual([])
  })

  test('an opt-out of cq-telemetry is found before the first run', async () => {
    await run(process.execPath, [main, 'disable'], place)
    expect((await tool()).stdout).toContain('enabled false')
    expect(existsSync(join(place.home, '.local'))).toBe(false)
  })

  test('pasted commands have the option', () => {
    expect(userCommand({ app: { name: 'mytool', version: '1.2.3' }, directory: 'xdg' })).toBe(
      'npx cq-telemetry --tool mytool --directory xdg',
    )
  })

  test('a name that two tools share is not used', () => {
    expect(settingFor('cq-telemetry', '--tool', 'other', { directory: 'xdg' })).toMatchObject({
      directory: '.other',
      xdg: 'other',
    })
  })
})

test('the testing kit keeps it in its own home, whatever the variable is', async () => {
  const before = process.env['XDG_STATE_HOME']
  process.env['XDG_STATE_HOME'] = join(place.cwd, 'state')
  try {
    const { code, spans } = await capture(process.execPath, [fixture], {
      env: { DIRECTORY: 'xdg', RUDDER_URL: receiver.url },
    })
    expect({ code, spans: spans.length > 0 }).toEqual({ code: 0, spans: true })
    expect(existsSync(join(place.cwd, 'state'))).toBe(false)
  } finally {
    if (before === undefined) delete process.env['XDG_STATE_HOME']
    else process.env['XDG_STATE_HOME'] = before
  }
})

describe("another user's directory", () => {
  const options = { directory: '.cq', xdg: 'cloudquery', dataDir: '.cq', logFile: 'x.log' }

  // Only root can give a directory away.
  test.runIf(process.getuid?.() === 0).each<[string, string, (at: string) => NodeJS.ProcessEnv]>([
    ['that the variable names', 'state', (at) => ({ XDG_STATE_HOME: at })],
    ['with one that is missing', 'other', (at) => ({ XDG_STATE_HOME: join(at, '.local/state') })],
    ['in the place of the default', 'home/.local/state', (at) => ({ HOME: join(at, '../..') })],
  ])('%s is not written to', async (_, name, env) => {
    const state = join(place.cwd, name)
    mkdirSync(state, { recursive: true })
    chownSync(state, 12_345, 12_345)
    const { stderr } = await tool({ ...env(state), CQ_DEBUG_TELEMETRY: '1' })
    expect(stderr).toContain('telemetry is off (the state directory belongs to another user)')
    expect(readdirSync(state)).toEqual([])
  })

  test.runIf(process.getuid?.() === 0)('is named by the commands, with what to do', async () => {
    chownSync(place.cwd, 12_345, 12_345)
    const env = { XDG_STATE_HOME: join(place.cwd, 'missing') }
    const command = (name: string) => run(process.execPath, [main, '--directory', 'xdg', name], place, env)
    const [enabled, doctor] = await Promise.all([command('enable'), command('doctor')])
    const says = 'the state directory belongs to another user: set XDG_STATE_HOME to a directory of yours'
    expect(enabled).toMatchObject({ code: 1, stderr: `cq-telemetry: ${says}\n` })
    expect(doctor.stdout).toContain('set XDG_STATE_HOME to a directory of yours')
    expect(readdirSync(place.cwd)).toEqual([])
  })

  test('is not used if it is the home', () => {
    const paths = pathsFor(options, { path: place.home, problem: 'the home directory belongs to another user' })
    expect(paths).toMatchObject({ files: undefined, noFiles: 'the home directory belongs to another user' })
    expect(paths.consent).toBe(inState('telemetry/consent.json'))
  })
})
