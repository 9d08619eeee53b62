import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  assertLeaksNothing,
  capture,
  type Captured,
  keepTelemetryOff,
  leaksIn,
  rawKeysIn,
  type TelemetryMatchers,
  telemetryMatchers,
} from '../../src/testing/index.ts'
import { usePlace } from '../support/place.ts'

/** What authors of tools test theirs with. */

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any -- as vitest declares it
  interface Matchers<T = any> extends TelemetryMatchers<T> {}
}
expect.extend(telemetryMatchers)

const place = usePlace()

const root = new URL('../..', import.meta.url).pathname
const fixture = (name: string) => join(root, 'test/fixtures', name)
const build = (...args: string[]) => capture(process.execPath, [fixture('hosts/commander.mjs'), 'build', ...args])

describe('capture', () => {
  test('returns what a tool would have sent, and how it ended', async () => {
    const captured = await build('--key', 'k3y')
    expect(captured).toMatchObject({ code: 0, signal: null, stdout: 'built\n', stderr: '' })
    expect(captured.spans.map(({ type, name, failed }) => [type, name, failed])).toEqual([
      ['provider', 'aws', false],
      ['operation', 'build', false],
      ['run', 'cloudquery', false],
    ])
    expect(captured.events.map(({ event }) => event)).toEqual(['fetch', 'run'])
    expect(captured.resource).toMatchObject({ 'service.name': 'cloudquery', 'service.version': '1.2.3' })
  })

  test('ignores the guard, and the variables that the developer has set', async () => {
    const restore = keepTelemetryOff()
    try {
      expect((await build()).spans).toHaveLength(3)
    } finally {
      restore()
    }
  })

  test('finds nothing if the tool opts out', async () => {
    expect(await build('--no-telemetry')).toMatchObject({ code: 0, spans: [], events: [], wire: '' })
  })

  test('passes input and environment on, and returns what was removed', async () => {
    const source = `
      import { instrument } from '${join(root, 'dist/index.js')}'
      const t = instrument({ app: { name: 'x', version: '1.0.0' }, publicNames: { operations: ['a'] } })
      let text = ''
      for await (const chunk of process.stdin) text += chunk
      t.operation('a', (a) => a.provider({ name: text + process.env.MORE }, () => undefined))`
    const file = join(place.cwd, 'x.mjs')
    writeFileSync(file, source)
    const captured = await capture(process.execPath, [file], { input: 'from-input', env: { MORE: '-and-more' } })
    expect(captured.removed).toContainEqual({ what: 'cq.provider.name', reason: 'the name is not public', count: 1 })
    expect(captured).toLeakNothing(['from-input', 'and-more'])
  })

  test('kills a program that does not end', async () => {
    const never = capture(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { timeoutMs: 300 })
    await expect(never).rejects.toThrow('did not end in time (option "timeoutMs")')
  })

  test('rejects if the program does not exist', async () => {
    await expect(capture(join(place.cwd, 'missing'))).rejects.toThrow('ENOENT')
  })
})

describe('leaks', () => {
  const captured = (wire: string, more: Partial<Captured> = {}): Captured => ({
    command: 'x',
    args: [],
    cwd: '/home/someone/project',
    code: 0,
    signal: null,
    stdout: '',
    stderr: '',
    spans: [],
    events: [],
    resource: {},
    removed: [],
    wire,
    ...more,
  })
  const secret = 'pa"ss/wörd 1'

  test.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ a: secret })],
    ['percent-encoded', `?x=${encodeURIComponent(secret)}`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in another case', secret.toUpperCase()],
  ])('are found %s', (_, wire) => {
    expect(leaksIn(captured(`{"a":"${wire}"}`), [secret])).toEqual([secret])
    expect(() => assertLeaksNothing(captured(wire), [secret])).toThrow('telemetry would have sent')
    expect(() => expect(captured(wire)).toLeakNothing([secret])).toThrow('telemetry would have sent')
  })

  test("are searched in the arguments and the machine's names, too", () => {
    expect(leaksIn(captured('"/home/someone/project"'))).toEqual(['/home/someone/project'])
    expect(leaksIn(captured('"target-7"', { args: ['build', 'target-7', '--flag'] }))).toEqual(['target-7'])
  })

  test('are neither words of the tool nor short parts of other words', () => {
    const span = { name: 'build', type: 'operation', attributes: {}, failed: false, durationMs: 1 }
    const wire = '"build" "nodejs" "true"'
    expect(leaksIn(captured(wire, { args: ['build'], spans: [span] }), ['node', 'tr'])).toEqual([])
    assertLeaksNothing(captured(wire), ['node'])
  })
})

describe('raw keys', () => {
  test('that the table does not have are found, with their line', () => {
    const file = join(place.cwd, 'a.ts')
    writeFileSync(file, "a('cq.success')\nb('cq.sucess', \"cq.custom.mine\")\n")
    expect(rawKeysIn(place.cwd)).toEqual([{ file, line: 2, key: 'cq.sucess' }])
  })

  test.each(['src', 'examples'])('are absent from %s', (directory) => {
    expect(rawKeysIn(join(root, directory))).toEqual([])
  })
})

test('the guard switches telemetry off until it is undone', () => {
  const env: NodeJS.ProcessEnv = { DO_NOT_TRACK: '0' }
  const restore = keepTelemetryOff(env)
  expect(env['DO_NOT_TRACK']).toBe('1')
  restore()
  expect(env).toEqual({ DO_NOT_TRACK: '0' })
})
