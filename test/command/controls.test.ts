import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verified } from '../../src/controls/signature.ts'
import { keep } from '../../src/controls/kept.ts'
import { controlsOf, keys, newKeys, signedFile } from '../support/controls.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import { files, sawNotice } from '../support/spool.ts'

/** The commands of a publisher who makes a control file, and what users see of it. */

const place = usePlace()
const receiver = useReceiver()
const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const command = (...args: string[]) => run(process.execPath, [main, ...args], place)

const rules = { tool: 'cloudquery', rules: [{ versions: ['<1.3.0'], stop: 'usage', sampleRate: { build: 0.07 } }] }
const inPlace = (name: string, content: string): string => {
  const file = join(place.cwd, name)
  writeFileSync(file, content)
  return file
}

describe('controls', () => {
  test('keygen and sign make a file that the printed key verifies', async () => {
    const made = await command('controls', 'keygen', '--key', 'controls.pem')
    expect(made).toMatchObject({ code: 0 })
    expect(statSync(join(place.cwd, 'controls.pem')).mode & 0o777).toBe(0o600)
    inPlace('rules.json', JSON.stringify(rules, undefined, 2))
    const { code, stdout } = await command('controls', 'sign', 'rules.json', '--key', 'controls.pem')
    expect(code).toBe(0)
    const controls = verified(stdout, made.stdout.trim(), 'cloudquery')
    expect(controls).toMatchObject(rules)
    const age = Date.now() - Date.parse((controls as { signed: string }).signed)
    expect(age).toBeGreaterThanOrEqual(0)
    // Each signature is newer than the last, so that the last one holds.
    const again = verified(
      (await command('controls', 'sign', 'rules.json', '--key', 'controls.pem')).stdout,
      made.stdout.trim(),
      'cloudquery',
    )
    expect((again as { signed: string }).signed > (controls as { signed: string }).signed).toBe(true)
  })

  test('keygen never overwrites a key', async () => {
    const file = inPlace('controls.pem', 'a key')
    expect(await command('controls', 'keygen', '--key', file)).toMatchObject({ code: 2, stdout: '' })
    expect(readFileSync(file, 'utf8')).toBe('a key')
  })

  test('sign takes no key that no installation would accept', async () => {
    const pem = { type: 'pkcs8', format: 'pem' } as const
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const rejected = [
      generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pem),
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export(pem),
      generateKeyPairSync('ed448').privateKey.export(pem),
      publicKey.export({ type: 'spki', format: 'pem' }),
      privateKey.export({ ...pem, cipher: 'aes-128-cbc', passphrase: 'secret' }),
      'no key',
    ].map((key, index) => inPlace(`${index}.pem`, String(key)))
    inPlace('rules.json', JSON.stringify(rules))
    const ended = await Promise.all(
      [...rejected, 'missing.pem'].map((key) => command('controls', 'sign', 'rules.json', '--key', key)),
    )
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(ended.map(() => ({ code: 2, stdout: '' })))
    expect(ended.at(-1)?.stderr).toContain('the file of --key')
    for (const { stderr } of ended.slice(0, -1))
      expect(stderr).toContain('the file of --key must hold a private key that "cq-telemetry controls keygen" has made')
  })

  test.each([
    ['no JSON', 'must be a file of JSON'],
    ['[]', 'must have the form'],
    ['null', 'must have the form'],
    ['{"tool":"cloudquery"}', 'must have the form'],
    ['{"rules":[{"stop":"all"}]}', 'must have the form'],
    ['{"tool":"cloudquery","rules":[null]}', 'must have the form'],
    ['{"tool":"cloudquery","rules":[{"stop":"everything"}]}', 'rule 1: "stop" must be "all", "crashes" or "usage"'],
    ['{"tool":"cloudquery","rules":[{"stop":null}]}', 'rule 1: "stop" must be'],
    [
      '{"tool":"cloudquery","rules":[{},{"versions":["~1.0.0"]}]}',
      'rule 2: "versions" must be a list of exact versions',
    ],
    ['{"tool":"cloudquery","rules":[{"versions":"1.0.0"}]}', 'rule 1: "versions" must be a list of exact versions'],
    ['{"tool":"cloudquery","rules":[{"sampleRate":2}]}', 'rule 1: "sampleRate" must be a number from 0 to 1'],
    ['{"tool":"cloudquery","rules":[{"sampleRate":[0.5,"x"]}]}', 'rule 1: "sampleRate" must be a number'],
    [
      '{"tool":"cloudquery","rules":[{"sampleRate":{"build":-1}}]}',
      'rule 1: "sampleRate" must be a number from 0 to 1',
    ],
    ['{"tool":"cloudquery","rules":[{"stop":"all","__proto__":{}}]}', 'the unknown key "__proto__"'],
    ['{"tool":"cloudquery","rules":[{"constructor":"all"}]}', 'the unknown key "constructor"'],
    ['{"tool":"cloudquery","rules":[{"tool":"cloudquery"}]}', 'the unknown key "tool"'],
    ['{"tool":"cloudquery","stop":"all","rules":[]}', 'the unknown key "stop"'],
    ['{"tool":"cloudquery","signed":"2026-11-02","rules":[]}', 'the unknown key "signed"'],
    ['{"tool":"CloudQuery","rules":[]}', 'must be the name'],
    ['{"tool":"cloudquery","rules":[{"stops":"all"}]}', 'the unknown key "stops"'],
    ['{"tool":"cloudquery","rules":[],"endpoint":"https://example.org"}', 'the unknown key "endpoint"'],
  ])('sign refuses %s', async (content, says) => {
    inPlace('key.pem', keys.privateKey)
    const { code, stdout, stderr } = await command(
      'controls',
      'sign',
      inPlace('rules.json', content),
      '--key',
      'key.pem',
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(says)
  })
})

describe('status', () => {
  const controls = () => ({ url: `${receiver.url}/controls`, publicKey: keys.publicKey })
  const inTool = (...args: string[]) =>
    runFixture('command.mjs', place, { CONTROLS: JSON.stringify(controls()), CQ_OTLP_ENDPOINT: receiver.url }, args)

  test('of a tool without a control file shows none', async () => {
    sawNotice(place)
    expect(JSON.parse((await command('status', '--json')).stdout)).toMatchObject({ controls: null })
    expect((await runFixture('command.mjs', place, {}, ['status'])).stdout).not.toContain('controls')
  })

  test.each([
    ['user and password', 'https://ann:secret@controls.example/mytool'],
    ['a query', 'https://controls.example/mytool?key=secret'],
    ['both, and a fragment', 'https://secret@controls.example/mytool?secret#secret'],
  ])('shows the address without %s', async (_, url) => {
    const CONTROLS = JSON.stringify({ ...controls(), url })
    const shown = (...args: string[]) => runFixture('command.mjs', place, { CONTROLS }, ['status', ...args])
    const [text, json] = await Promise.all([shown(), shown('--json')])
    expect(text.stdout).toContain('controls https://controls.example/mytool: not asked yet')
    expect(text.stdout + json.stdout).not.toContain('secret')
  })

  test('shows what is in force, since when, and from where', async () => {
    sawNotice(place)
    expect((await inTool('status')).stdout).toContain(`controls ${controls().url}: not asked yet`)
    const file = controlsOf([...(rules.rules as never[]), { stop: 'crashes', versions: ['9.9.9'] }])
    keep(files(place).controls, {
      asked: Date.parse('2026-11-20T10:00:00Z'),
      answer: 'status 404',
      controls: file,
    })
    const [json, text, outside] = await Promise.all([
      inTool('status', '--json'),
      inTool('status'),
      command('status', '--json'),
    ])
    const expected = { asked: '2026-11-20T10:00:00.000Z', answer: 'status 404', signed: file.signed, rules: file.rules }
    expect(JSON.parse(json.stdout)).toMatchObject({ controls: { ...expected, url: controls().url, stops: 'usage' } })
    expect(JSON.parse(outside.stdout)).toMatchObject({ controls: { ...expected, url: null, stops: null } })
    const said = text.stdout.replaceAll(/\s+/g, ' ')
    expect(said).toContain('status 404 (asked ')
    expect(said).toContain('stops all but crash reports, records 7 % of build (versions <1.3.0)')
    expect(said).toContain('stopped the publisher has stopped all but crash reports of this version')
  })

  test('shows what only a later version knows as this one reads it', async () => {
    sawNotice(place)
    const later = [
      { stop: 'metrics', versions: ['>=9'] },
      { sampleRate: null },
      { sampleRate: { build: '0.5', test: 1e-9 } },
    ]
    keep(files(place).controls, { asked: Date.now(), answer: 'ok', controls: controlsOf(later as never) })
    const said = (await inTool('status')).stdout.replaceAll(/\s+/g, ' ')
    expect(said).toContain(
      'stops everything (all versions); stops all operations (all versions); stops build, records 0.0001 % of test',
    )
    expect(said).toContain('the publisher has stopped everything of this version')
  })

  test.each([
    ['a signed file', 200, signedFile([]), 'ok', 'it is signed'],
    ['no file', 404, '', 'problem', 'there is no control file (status 404)'],
    ['a file of another', 200, signedFile([], {}, newKeys()), 'problem', 'its signature is wrong'],
  ])('doctor finds %s', async (_, status, body, state, says) => {
    sawNotice(place)
    receiver.answer = ({ path }, response) =>
      path === '/controls'
        ? void response.writeHead(status).end(body)
        : void response.setHeader('content-type', 'application/json').end('{}')
    const { code, stdout } = await inTool('doctor', '--json')
    const checks = JSON.parse(stdout) as { check: string; state: string; says: string }[]
    const found = checks.find(({ check }) => check.startsWith('controls at '))
    expect(found?.state).toBe(state)
    expect(found?.says).toContain(says)
    expect(code).toBe(state === 'ok' ? 0 : 1)
    expect(existsSync(files(place).controls)).toBe(false)
  })
})
