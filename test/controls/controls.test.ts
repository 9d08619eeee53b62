import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asControls, type Controls } from '../../src/controls/controls.ts'
import { inForce, readInForce } from '../../src/controls/in-force.ts'
import { keep, readKept } from '../../src/controls/kept.ts'
import { perMillion, type Rate } from '../../src/controls/rates.ts'
import { signedText, verified } from '../../src/controls/signature.ts'
import { isInRange, isVersionRange } from '../../src/controls/versions.ts'
import { admitted } from '../../src/deliver/ask-controls.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { writeFileSync } from 'node:fs'
import { controlsOf, keys, newKeys, signedFile } from '../support/controls.ts'
import { newPlace, type Place } from '../support/program.ts'
import { cases, fc } from '../support/property.ts'
import { record } from '../support/record.ts'

/** A publisher's control file: what counts as one, and what it can do. */

let place: Place
beforeAll(() => {
  place = newPlace()
})
afterAll(() => place.remove())

describe('a version', () => {
  test.each([
    ['1.2.3', '1.2.3', true],
    ['1.2.3', '1.2.4', false],
    ['1.2.3', '<1.2.3', false],
    ['1.2.2', '<1.2.3', true],
    ['1.2.10', '<1.2.9', false],
    ['1.10.0', '<1.9.9', false],
    ['0.9.9', '<1.0.0', true],
    ['2.0.0', '<1.99.99', false],
    ['1.2', '<1.2.1', true],
    ['v1.2.3', '1.2.3', true],
    ['1.2.3', 'v1.2.3', true],
    ['1.2', '1.2.0', true],
    ['2', 'v2.0', true],
    ['1.2.3-rc.1', 'v1.2.3-rc.1', true],
    ['1.2.3-rc.1', '1.2.3-rc.2', false],
    ['0.9', '<1', true],
    ['1', '<1', false],
    ['1-beta', '<1.0.0', true],
    ['1.2.3', '<v1.2.4', true],
    ['unknown', 'unknown', false],
    ['v1.2.3', '<1.2.4', true],
    ['1.2.3-rc.1', '<1.2.3', true],
    ['1.2.3-rc.1', '1.2.3', false],
    ['1.2.3-rc.1', '1.2.3-rc.1', true],
    ['1.2.4-rc.1', '<1.2.3', false],
    ['unknown', '<99.0.0', false],
    ['', '<99.0.0', false],
    // Forms that only a later version may know.
    ['1.2.3', '>=2.0.0', true],
    ['1.2.3', '<1.0.0-rc.1', true],
    ['1.2.3', '1.2.3+build', true],
    ['1.2.3', '1.2.3.4', true],
    ['1.2.3', '20261126', true],
    ['1.2.3', '', true],
    ['unknown', '>=2.0.0', false],
  ])('%j is in %j: %j', (version, range, expected) => {
    expect(isInRange(version, range)).toBe(expected)
  })

  test.each([
    ['<=1.2.3'],
    ['>1.2.3'],
    ['^1.2.3'],
    ['1.x'],
    ['*'],
    [''],
    ['<'],
    ['<1.2.3-rc.1'],
    ['1.2.3 || 2'],
    [1],
    [null],
  ])('%j is no range', (range) => {
    expect(isVersionRange(range)).toBe(false)
  })
})

describe('a control file', () => {
  const stopsAll = { crashes: true, usage: true, build: 1_000_000 }
  const stopsBuild = { crashes: false, usage: false, build: 0 }
  test.each([
    [{ stop: 'metrics' }, stopsAll],
    [{ stop: true }, stopsAll],
    [{ stop: ['usage'] }, stopsAll],
    [{ stop: null }, stopsAll],
    [{ stop: { toString: 1 } }, stopsAll],
    [{ stop: 'metrics', versions: ['<2'] }, stopsAll],
    [
      { stop: 'metrics', versions: ['<1'] },
      { ...stopsAll, crashes: false, usage: false },
    ],
    [{ stop: 'all', versions: '>=9' }, stopsAll],
    [{ stop: 'all', versions: ['9.9.9', '^9'] }, stopsAll],
    [{ stop: 'all', versions: [{ toString: 1 }] }, stopsAll],
    [{ stop: 'all', versions: { from: '9' } }, stopsAll],
    [{ stop: 'all', versions: null }, stopsAll],
    [{ sampleRate: -1 }, stopsBuild],
    [{ sampleRate: '0.5' }, stopsBuild],
    [{ sampleRate: null }, stopsBuild],
    [{ sampleRate: true }, stopsBuild],
    [{ sampleRate: [0.5] }, stopsBuild],
    [{ sampleRate: { build: '0.5' } }, stopsBuild],
    [{ sampleRate: { build: null } }, stopsBuild],
    [{ sampleRate: { build: { rate: 0.5 } } }, stopsBuild],
    [{ sampleRate: 2 }, stopsBuild],
  ])('with a rule that only a later version knows, %j, reduces most', (rule, expected) => {
    const path = layoutOf(place.home).controls
    const controls = verified(signedFile([rule as never]), keys.publicKey, 'cloudquery')
    keep(path, { asked: Date.now(), answer: 'ok', controls: controls as Controls })
    for (const { crashes, usage, rates } of [inForce(readKept(path)?.controls, '1.2.3'), readInForce(path, '1.2.3')])
      expect({ crashes, usage, build: perMillion(rates ?? [], 'build') }).toEqual(expected)
  })

  test.each([
    [null],
    [[]],
    ['text'],
    [{}],
    [{ ...controlsOf([]), signed: 'today' }],
    [{ ...controlsOf([]), rules: {} }],
    [{ ...controlsOf([]), rules: [null] }],
    [{ ...controlsOf([]), rules: ['all'] }],
  ])('%j is none', (value) => {
    expect(asControls(value)).toBeUndefined()
  })

  test('may have keys of later versions, which are ignored', () => {
    const file = { ...controlsOf([]), until: '2027', rules: [{ stop: 'all', minInterval: 60 }] }
    expect(inForce(asControls(file), '1.2.3')).toEqual({ crashes: true, usage: true, rates: [] })
  })

  const signed = signedFile([{ stop: 'all' }])
  test.each([
    ['', 'its signature is wrong'],
    ['{}\n', 'its signature is wrong'],
    [signed.replace('all', 'usage'), 'its signature is wrong'],
    [`more\n${signed}`, 'its signature is wrong'],
    [signed.replace('{', '{ '), 'its signature is wrong'],
    [`${signed}more`, 'its signature is wrong'],
    [signedFile([{ stop: 'all' }], {}, newKeys()), 'its signature is wrong'],
    [signedFile([{ stop: 'all' }], { tool: 'other' }), 'it is for another tool'],
    [signedFile([null as never]), 'it is not a control file'],
    [signed + ' '.repeat(20_000), 'it is too large'],
  ])('that reads %j is refused', (text, why) => {
    expect(verified(text, keys.publicKey, 'cloudquery')).toBe(why)
  })

  test('is accepted as it was signed', () => {
    expect(verified(signed, keys.publicKey, 'cloudquery')).toEqual(controlsOf([{ stop: 'all' }]))
    expect(verified(signed, 'no key', 'cloudquery')).toBe('its signature is wrong')
  })

  test.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['no end of line', (text: string) => text.trimEnd()],
    ['empty lines', (text: string) => `\n${text}\n \n`],
  ])('is accepted with %s, which a shell or an editor may write', (_, edit) => {
    expect(verified(edit(signed), keys.publicKey, 'cloudquery')).toEqual(controlsOf([{ stop: 'all' }]))
  })

  test.each([
    [[], '1.2.3', false, false, 1_000_000],
    [[{ stop: 'usage' }], '1.2.3', false, true, 1_000_000],
    [[{ stop: 'crashes' }], '1.2.3', true, false, 1_000_000],
    [[{ stop: 'crashes' }, { stop: 'usage' }], '1.2.3', true, true, 1_000_000],
    [[{ stop: 'all', versions: ['1.2.3'] }], '1.2.3', true, true, 1_000_000],
    [[{ stop: 'all', versions: ['1.2.2', '<1.2.0'] }], '1.2.3', false, false, 1_000_000],
    [[{ stop: 'all', versions: [] }], '1.2.3', false, false, 1_000_000],
    [[{ sampleRate: 0.5 }, { sampleRate: { build: 0.2 } }], '1.2.3', false, false, 200_000],
    [[{ sampleRate: { build: 0 } }, { sampleRate: 1 }], '1.2.3', false, false, 0],
    [[{ sampleRate: { test: 0 } }], '1.2.3', false, false, 1_000_000],
  ] as const)('with the rules %j holds for %s', (rules, version, crashes, usage, build) => {
    const path = layoutOf(place.home).controls
    keep(path, { asked: Date.now(), answer: 'ok', controls: controlsOf(rules) })
    const { rates, ...found } = readInForce(path, version)
    expect(found).toEqual({ crashes, usage, isDue: false })
    expect(perMillion(rates ?? [], 'build')).toBe(build)
  })

  test('is in force for each version that shares it', () => {
    const path = layoutOf(place.home).controls
    const rules = [
      { versions: ['<2'], sampleRate: { build: 0.1 } },
      { versions: ['2.0.0'], stop: 'crashes' as const },
    ]
    keep(path, { asked: Date.now(), answer: 'ok', controls: controlsOf(rules) })
    const found = ['1.9.0', '2.0.0', '2.1.0', '1.9.0'].map((version) => {
      const { crashes, rates = [] } = readInForce(path, version)
      return [crashes, perMillion(rates, 'build')]
    })
    expect(found).toEqual([
      [false, 100_000],
      [true, 1_000_000],
      [false, 1_000_000],
      [false, 100_000],
    ])
  })

  const kept = (controls: unknown, asked: unknown = Date.now()) => JSON.stringify({ asked, answer: 'ok', controls })
  test.each([
    ['', true],
    ['[]', true],
    ['null', true],
    ['7', true],
    ['{"asked":"today"}', true],
    [kept(null, 1), true],
    [kept(null, Date.now() + 1e9), true],
    [kept(null), false],
    [kept(7), false],
    [kept({ rules: 7 }), false],
    [kept({ rules: [null] }), false],
    [kept(controlsOf([{ stop: 'all' }])).slice(0, -9), true],
    ['x'.repeat(100_000), true],
  ])('that is kept as %j stops nothing', (text, isDue) => {
    const path = layoutOf(place.home).controls
    writeFileSync(path, text)
    const { crashes = false, usage = false, rates = [], ...found } = readInForce(path, '1.2.3')
    expect({ crashes, usage, rates, ...found }).toEqual({ crashes: false, usage: false, rates: [], isDue })
  })

  test.each([[1e300], [-1e300], [null], ['today']])('that was asked for at %j was not asked for', (asked) => {
    const path = layoutOf(place.home).controls
    writeFileSync(path, kept(controlsOf([]), asked))
    expect(readKept(path)).toBeUndefined()
  })
})

test.each([[null], [undefined], ['all'], [-1], [7], [Number.NaN], [[]], [{ build: 'all' }], [{ build: null }], [true]])(
  'a rate that was edited to %j raises no other rate',
  (edited) => {
    expect(perMillion([0.5, edited as never], 'build')).toBeLessThanOrEqual(500_000)
  },
)

test.each<[string, () => Rate]>([
  [
    'a getter',
    () => ({
      get build(): number {
        throw new Error('a fault of the host')
      },
    }),
  ],
  [
    'a proxy',
    () =>
      new Proxy(
        {},
        {
          getOwnPropertyDescriptor: () => {
            throw new Error('a fault of the host')
          },
        },
      ),
  ],
])('a rate that throws, by %s, leaves all out', (_, rate) => {
  expect(perMillion([rate()], 'build')).toBe(0)
})

test.each([
  [1e-9, 1],
  [1e-6, 1],
  [0.29, 290_000],
  [0.999_999_9, 1_000_000],
  [-0, 0],
])('the rate %d is %d in a million', (rate, expected) => {
  expect(perMillion([rate], 'build')).toBe(expected)
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('an operation may have the name %s', (name) => {
  const named = JSON.parse(`{"${name}":0.5}`) as Rate
  expect([perMillion([{}], name), perMillion([Object.create(null) as Rate], name), perMillion([named], name)]).toEqual([
    1_000_000, 1_000_000, 500_000,
  ])
})

const batchOf = (version: string) => {
  const run = record(undefined, {}, { 'service.version': version })
  run.operations.operation('build', () => undefined)
  run.uncaught(new TypeError('a fault'), 'uncaught')
  run.end(1)
  return { resource: run.resource(), spans: run.spans }
}

test('a file can only reduce what is recorded and sent, whatever it contains', () => {
  const anyRate = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double(),
    fc.dictionary(fc.constantFrom('build', 'test'), fc.double({ min: 0, max: 1, noNaN: true })),
  )
  const rule = fc.record(
    {
      stop: fc.constantFrom('all', 'crashes', 'usage', 'none'),
      versions: fc.array(fc.constantFrom('1.2.3', '<2.0.0', '<1.0.0', '*')),
      sampleRate: anyRate,
      endpoint: fc.webUrl(),
      attributes: fc.anything(),
    },
    { requiredKeys: [] },
  )
  const rules = fc.oneof(
    { weight: 4, arbitrary: fc.array(rule, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
  const whole = [batchOf('1.2.3'), batchOf('0.9.0')]
  const job = {
    directory: place.home,
    controls: { url: 'http://127.0.0.1', publicKey: keys.publicKey, app: { name: 'cloudquery', version: '1.2.3' } },
    endsAfterMs: 0,
    debug: false,
  }
  const path = layoutOf(place.home).controls
  fc.assert(
    fc.property(rules, fc.double({ min: 0, max: 1, noNaN: true }), (any, host: Rate) => {
      const found = verified(
        signedText({ ...controlsOf([]), rules: any as never }, keys.privateKey),
        keys.publicKey,
        'cloudquery',
      )
      keep(path, { asked: 0, answer: '', controls: typeof found === 'string' ? undefined : found })
      const { rates } = readInForce(path, '1.2.3')
      for (const name of ['build', 'test', '__proto__'])
        expect(perMillion([host].concat(rates ?? []), name)).toBeLessThanOrEqual(perMillion([host], name))
      for (const { resource, spans } of admitted(job)(whole)) {
        const own = whole.find((batch) => batch.resource === resource)
        expect(spans.every((span) => own?.spans.includes(span))).toBe(true)
      }
      expect(readKept(path)?.controls).toEqual(typeof found === 'string' ? undefined : found)
    }),
    { numRuns: cases(200) },
  )
})
