import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ensureChoice } from '../../src/consent/choice.ts'
import { saveNoticeDate } from '../../src/consent/notice.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { cli } from '../support/cloudquery.ts'
import { keys, signedFile } from '../support/controls.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { attributesOf, type Receiver, resourcesOf, spansOf, startReceiver, wellAnswer } from '../support/receiver.ts'
import { shellWords } from '../support/terminal.ts'
import { withTool } from '../support/tools.ts'
import { withinOneDay } from '../support/one-day.ts'

/**
 * What the author, the user, an organisation and the publisher choose, through the reference host and through the adapter of
 * commander: what is sent, and what `status --json` says of it.
 */

const faulty = new URL('../fixtures/preload/faulty.cjs', import.meta.url).pathname
const greet = new URL('../../examples/frameworks/dist/commander.js', import.meta.url).pathname
const hosts = [
  { tool: 'cloudquery', script: cli, prefix: 'CQ', directory: '.cq', args: ['version'] },
  { tool: 'greet', script: greet, prefix: 'GREET', directory: '.greet', args: ['hello', 'Ann'] },
] as const
const output = /^(?:cloudquery 0\.1\.0 .*|Hello, Ann!)\n$/

type Status = Readonly<Record<string, unknown>>

withinOneDay()

describe.concurrent.each(hosts)('$tool', ({ tool, script, prefix, directory, args }) => {
  const [operation] = args
  const filesOf = ({ home }: Place) => layoutOf(join(home, directory, 'telemetry'))
  const idFile = ({ home }: Place) => join(home, directory, 'telemetry-random-id')

  /** An installation whose user has seen the notice, and a server for its telemetry. */
  const installed = async (use: (host: ReturnType<typeof hostIn>) => Promise<void>): Promise<void> => {
    const place = newPlace()
    const receiver = await startReceiver()
    ensureChoice(filesOf(place).consent)
    saveNoticeDate(filesOf(place), new Date())
    try {
      await use(hostIn(place, receiver))
    } finally {
      await receiver.close()
      place.remove()
    }
  }
  const hostIn = (place: Place, receiver: Receiver) => {
    const env = (options: object, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
      [`${prefix}_OTLP_ENDPOINT`]: receiver.url,
      [`${prefix}_OPTIONS`]: JSON.stringify({ delivery: 'inline', ...options }),
      ...more,
    })
    const start = (words: readonly string[], options: object = {}, more: NodeJS.ProcessEnv = {}) =>
      run(process.execPath, [script, ...words], place, env(options, more))
    const work = async (options: object = {}, more: NodeJS.ProcessEnv = {}) => {
      const ended = await start(args, options, more)
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(output) as string })
      return ended
    }
    const status = async (options: object = {}, more: NodeJS.ProcessEnv = {}) =>
      JSON.parse((await start(['telemetry', 'status', '--json'], options, more)).stdout) as Status
    const sent = () => spansOf(receiver.requests).map(({ name }) => name)
    return { place, receiver, env, start, work, status, sent }
  }

  test('says who has called it, how it is installed, where it runs, and for which project', () =>
    installed(async ({ receiver, work }) => {
      const project = { project: 'git@example.org:me/s3cret' }
      const agent = {
        CLAUDECODE: '1',
        KUBERNETES_SERVICE_HOST: '192.0.2.1',
        SSH_CONNECTION: '192.0.2.2 1 192.0.2.1 22',
      }
      await work(project, { ...agent, npm_config_user_agent: 'npm/10.8.2 node/v22.12.0 linux x64' })
      await work({}, { AI_AGENT: 's3cret' })
      const [first, second] = resourcesOf(receiver.requests)
      expect(first).toMatchObject({
        'cq.agent': 'claude-code',
        'cq.package_manager': 'npm',
        'cq.container': 'kubernetes',
        'cq.remote': 'ssh',
        'cq.project.id': expect.stringMatching(/^[0-9a-f]{40}$/) as string,
        'process.executable.name': tool,
        'session.id': first?.['service.instance.id'],
      })
      expect(second).toMatchObject({ 'cq.agent': '_OTHER' })
      expect(second).not.toHaveProperty('cq.project.id')
      expect(JSON.stringify(receiver.requests)).not.toMatch(/s3cret|192\.0\.2/)
      for (const { body } of receiver.requests)
        expect(body).toMatch(/"schemaUrl":"https:[^"]*\/schemas\/\d+\.\d+\.\d+"/)
    }))

  test('reports a fault of its own by a span with the event of OpenTelemetry, without its message', () =>
    installed(async ({ receiver, start }) => {
      await start(args, {}, { NODE_OPTIONS: `--require ${faulty}` })
      const crash = spansOf(receiver.requests).find((span) => attributesOf(span)['cq.span.type'] === 'crash')
      expect(crash?.events).toMatchObject([{ name: 'exception' }])
      expect(JSON.stringify(crash)).toContain('TypeError')
      expect(JSON.stringify(receiver.requests)).not.toContain('s3cret')
    }))

  test.each([
    ['crashes', []],
    ['usage', [operation, tool]],
  ])('with %s alone allowed sends %j', (level, expected) =>
    installed(async ({ start, work, status, sent }) => {
      expect(await start(['telemetry', 'enable', '--only', level])).toMatchObject({ code: 0, stderr: '' })
      await work()
      expect([...new Set(sent())].sort()).toEqual([...expected].sort())
      const rule = `${tool} telemetry enable --only ${level}`
      expect(await status()).toMatchObject({ enabled: true, level, rule, answer: 'yes' })
    }),
  )

  test.each([
    ['NO_TELEMETRY', false, `${prefix}_NO_TELEMETRY`],
    ['INSPECT_TELEMETRY', true, `${prefix}_INSPECT_TELEMETRY: runs are shown, and nothing is sent`],
  ])('with the variable …_%s sends nothing, which its status says', (name, enabled, rule) =>
    installed(async ({ receiver, work, status }) => {
      const more = { [`${prefix}_${name}`]: '1' }
      await work({}, more)
      expect(receiver.requests).toEqual([])
      expect(await status({}, more)).toMatchObject({ enabled, rule })
    }),
  )

  test('is off in a project with a file .no-telemetry, which its status names', () =>
    installed(async ({ place, receiver, work, status }) => {
      const file = join(place.cwd, '.no-telemetry')
      writeFileSync(file, '')
      expect(await work()).toMatchObject({ stderr: '' })
      expect(await status()).toMatchObject({
        enabled: false,
        rule: expect.stringContaining(`the file ${file}`) as string,
      })
      expect(receiver.requests).toEqual([])
    }))

  withTool('unshare', describe)('on a machine with a file', () => {
    test.each([
      [`${tool}.off`, false],
      ['other.off', true],
    ])('/etc/cq-telemetry/%s has it on: %s', (name, enabled) =>
      installed(async ({ place, env, sent }) => {
        const words = [args, ['telemetry', 'status', '--json']].map((each) =>
          shellWords(process.execPath, [script, ...each]),
        )
        const file = `/etc/cq-telemetry/${name}`
        const line = `mount -t tmpfs none /etc && mkdir /etc/cq-telemetry && : >${file} && ${words.join(' && ')}`
        const { stdout, stderr } = await run('unshare', ['--mount', 'sh', '-c', line], place, env({}))
        expect(stderr).toBe('')
        expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({
          enabled,
          ...(!enabled && { rule: `the file ${file}` }),
        })
        expect(sent().length > 0).toBe(enabled)
      }),
    )
  })

  test('is redirected by an organisation, which the notice and the status name', () =>
    installed(async ({ place, receiver, work, status, sent }) => {
      const organisation = await startReceiver()
      saveNoticeDate(filesOf(place), new Date(), ['an older notice'])
      const options = { otlp: { endpoint: receiver.url, overridable: true }, notice: 'anywhere' }
      const redirected = { [`${prefix}_OTLP_ENDPOINT`]: organisation.url }
      const { host } = new URL(organisation.url)
      const chosenBy = `${prefix}_OTLP_ENDPOINT`
      expect((await work(options, redirected)).stderr).toContain(`Data goes to ${host} (set by ${chosenBy}).`)
      await work(options, redirected)
      expect(await status(options, redirected)).toMatchObject({
        destinations: [{ host, chosenBy }],
        destinationProblem: null,
      })
      expect(new Set(spansOf(organisation.requests).map(({ name }) => name))).toEqual(new Set([operation, tool]))
      const problem = `${chosenBy} must be an http or https URL`
      await work(options, { [chosenBy]: 'collector:4318' })
      expect(await status(options, { [chosenBy]: 'collector:4318' })).toMatchObject({
        enabled: false,
        rule: problem,
        destinations: [],
        destinationProblem: problem,
      })
      expect(sent()).toEqual([])
      await organisation.close()
    }))

  test.each([['disable'], ['id --reset']])(
    '%s --forget asks for the deletion of its id, and sends nothing else',
    (line) =>
      installed(async ({ place, receiver, start, work, status }) => {
        await work()
        const id = readFileSync(idFile(place), 'utf8').trim()
        receiver.requests.length = 0
        receiver.answer = (_, response) => response.writeHead(503).end()
        expect(await start(['telemetry', ...line.split(' '), '--forget'])).toMatchObject({ code: 1 })
        expect(await status()).toMatchObject({ enabled: line !== 'disable', id: null, forget: [id] })
        receiver.answer = wellAnswer
        receiver.requests.length = 0
        expect(await start(['telemetry', 'disable', '--forget'])).toMatchObject({ code: 0 })
        expect(spansOf(receiver.requests).map(attributesOf)).toEqual([{ 'cq.span.type': 'forget' }])
        expect(resourcesOf(receiver.requests)).toMatchObject([{ 'app.installation.id': id }])
        expect(await status()).toMatchObject({ enabled: false, answer: 'no', forget: [] })
      }),
  )

  test('keeps its files below XDG_STATE_HOME, unless it has some in the home already', () =>
    installed(async ({ place, work, status }) => {
      const options = { directory: 'xdg' }
      const env = { XDG_STATE_HOME: join(place.cwd, 'state') }
      expect(await status(options, env)).toMatchObject({ consent: filesOf(place).consent })
      const fresh = { ...env, HOME: join(place.home, 'fresh') }
      mkdirSync(fresh.HOME)
      await work(options, fresh)
      expect(readdirSync(fresh.HOME)).toEqual([])
      expect(await status(options, fresh)).toMatchObject({
        consent: join(env.XDG_STATE_HOME, tool, 'telemetry/consent.json'),
      })
      expect(existsSync(join(env.XDG_STATE_HOME, tool, 'telemetry'))).toBe(true)
    }))

  test('leaves out an operation of the rate 0, and sends the run', () =>
    installed(async ({ work, sent }) => {
      await work({ sampleRate: { [operation]: 0 } })
      expect(sent()).toEqual([tool])
    }))

  test('records an operation once in an hour, and its status says how many were left out', () =>
    installed(async ({ work, status, sent }) => {
      const options = { minInterval: { [operation]: 3600 } }
      await work(options)
      await work(options)
      expect(sent().sort()).toEqual([operation, tool, tool].sort())
      await work(options)
      await work(options)
      expect(sent()).toHaveLength(3)
      expect(await status(options)).toMatchObject({
        sampling: { ...options, sampleRate: 1, leftOut: { [operation]: 3 }, runsLeftOut: 2 },
      })
      expect(await status()).toMatchObject({ sampling: { sampleRate: 1, minInterval: {}, leftOut: {} } })
    }))

  test('stops where its publisher has signed so, which its status says, and asks its publisher alone', () =>
    installed(async ({ receiver, work, status, sent }) => {
      const controls = { url: `${receiver.url}/controls`, publicKey: keys.publicKey }
      receiver.answer = (request, response) =>
        request.path === '/controls'
          ? response.end(signedFile([{ stop: 'all', versions: ['0.1.0'] }], { tool }))
          : wellAnswer(request, response)
      expect(await status({ controls })).toMatchObject({
        controls: { url: controls.url, asked: null, stops: 'nothing' },
      })
      await work({ controls })
      await work({ controls })
      expect(receiver.requests.map(({ path }) => path)).toEqual(['/controls'])
      expect(sent()).toEqual([])
      expect(await status({ controls })).toMatchObject({
        controls: { answer: 'ok', rules: [{ stop: 'all', versions: ['0.1.0'] }], stops: 'all' },
      })
    }))

  test('shows the notice again where it collects more, and says what is new', () =>
    installed(async ({ place, work, status }) => {
      const before = { notice: 'anywhere' }
      saveNoticeDate(filesOf(place), new Date('2026-03-01T12:00:00Z'), ['an older notice'])
      expect((await work(before)).stderr).toContain('New since you last saw this: ')
      const { noticeShown } = await status(before)
      expect(noticeShown).not.toBe('2026-03-01T12:00:00.000Z')
      expect((await work(before)).stderr).toBe('')
      expect((await work({ ...before, joinTraces: true })).stderr).toMatch(
        /^New since you last saw this: sends joinTraces\.$/m,
      )
    }))
})
