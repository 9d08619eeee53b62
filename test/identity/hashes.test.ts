import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { configHash } from '../../src/identity/config-hash.ts'
import { addresses, hasher, hostHashes, macs } from '../../src/identity/hashes.ts'

const sha1 = /^[0-9a-f]{40}$/
const nic = (address: string, mac = '02:00:00:00:00:01', more: object = {}): NetworkInterfaceInfo =>
  ({ address, mac, family: 'IPv4', internal: false, netmask: '', cidr: null, ...more }) as NetworkInterfaceInfo

const loopback = nic('127.0.0.1', '00:00:00:00:00:00', { internal: true })
const home = { lo: [loopback], eth0: [nic('192.0.2.7', '02:00:00:00:00:0A')], wlan0: [nic('192.0.2.5')] }

test('docs/privacy.md shows the formula', () => {
  const page = readFileSync(new URL('../../docs/privacy.md', import.meta.url), 'utf8')
  const [, template = ''] = /update\(`([^`]+)`\)/.exec(page) ?? []
  const text = template.replace('${tool}', 'mytool').replace('${kind}', 'host').replace('${text}', 'build-7')
  const documented = createHash('sha1').update(text.replaceAll('\\0', '\0')).digest('hex')
  expect(hasher('mytool')('host', 'build-7')).toBe(documented)
})

describe('the hashes of the machine', () => {
  test('are SHA-1 of the text that the user documentation describes', () => {
    expect(hostHashes(hasher('tool'), home, 'my-host')).toEqual({
      ip: hasher('tool')('ip', '192.0.2.5,192.0.2.7'),
      mac: hasher('tool')('mac', '02:00:00:00:00:01,02:00:00:00:00:0a'),
      host: hasher('tool')('host', 'my-host'),
    })
    expect(Object.values(hostHashes(hasher('tool'), home, 'my-host')).join('\n')).toMatch(/^([0-9a-f]{40}\n?){3}$/)
  })

  test('do not depend on the order of interfaces and addresses', () => {
    const { lo, eth0, wlan0 } = home
    const turned = { wlan0, eth0, lo }
    expect(hostHashes(hasher('tool'), turned, 'my-host')).toEqual(hostHashes(hasher('tool'), home, 'my-host'))
    const [a, b] = [nic('192.0.2.9'), nic('192.0.2.1')]
    expect(hostHashes(hasher('tool'), { eth0: [a, b] })).toEqual(hostHashes(hasher('tool'), { eth0: [b, a, b] }))
  })

  test('differ between apps and between kinds', () => {
    const all = ['one', 'two'].flatMap((app) =>
      (['ip', 'mac', 'host', 'config'] as const).map((kind) => hasher(app)(kind, 'the same')),
    )
    expect(new Set(all).size).toBe(8)
  })

  test.each([
    ['loopback', { lo: [loopback] }],
    ['loopback with an address of its own', { lo: [nic('10.0.0.1', undefined, { internal: true })] }],
    ['nothing', {}],
    ['an interface without addresses', { eth0: undefined }],
    ...['docker0', 'br-0a1b', 'veth12', 'utun3', 'tailscale0', 'wg0', 'virbr0'].map(
      (name): [string, NodeJS.Dict<NetworkInterfaceInfo[]>] => [name, { [name]: [nic('172.17.0.1')] }],
    ),
  ])('leave out %s', (_, interfaces) => {
    expect([addresses(interfaces), macs(interfaces)]).toEqual([undefined, undefined])
    expect(hostHashes(hasher('tool'), interfaces, '')).toEqual({})
  })

  test('leave out link-local and IPv6 addresses', () => {
    const own = [
      nic('169.254.3.4'),
      nic('fe80::1', undefined, { family: 'IPv6' }),
      nic('2001:db8::1', undefined, { family: 'IPv6' }),
    ]
    expect(addresses({ eth0: own })).toBeUndefined()
    expect(addresses({ eth0: [...own, nic('169.25.4.1')] })).toBe('169.25.4.1')
  })

  test('leave out an invalid hardware address', () => {
    expect(macs({ tunnel: [nic('192.0.2.1', '00:00:00:00:00:00')] })).toBeUndefined()
  })
})

describe('the hash of the configuration', () => {
  const names = { providers: ['aws', 'gcp'], resources: ['aws_ec2_instances', 'aws_s3_buckets'] }
  const hashOf = (value: unknown, app = 'tool') => configHash(hasher(app), value, names)
  const config = {
    providers: [{ name: 'aws', regions: ['eu', 'us'], resources: ['aws_ec2_instances'], max_retries: 3 }],
    dry: true,
    logLevel: 'info',
    url: 'https://example.org/x',
  }
  const [provider] = config.providers
  const own = hashOf(config)

  test('is a SHA-1 that does not depend on the order of keys', () => {
    expect(own).toMatch(sha1)
    const { url, dry, providers, logLevel } = config
    expect(hashOf({ url, logLevel, dry, providers })).toBe(own)
    expect(hashOf(JSON.parse(JSON.stringify(config)))).toBe(own)
    expect(hashOf({ ...config, a: undefined })).toBe(own)
  })

  test('changes with each value that is known to be harmless', () => {
    const others = [
      hashOf(config, 'other'),
      hashOf({ ...config, dry: false }),
      hashOf({ ...config, anything: true }),
      hashOf({ ...config, logLevel: 'debug' }),
      hashOf({ ...config, 'log-format': 'json' }),
      hashOf({ ...config, batchSize: 10 }),
      hashOf({ ...config, batchSize: 11 }),
      hashOf({ ...config, providers: [provider, provider] }),
      hashOf({ ...config, providers: [{ ...provider, name: 'gcp' }] }),
      hashOf({ ...config, providers: [{ ...provider, name: 'mine' }] }),
      hashOf({ ...config, providers: [{ ...provider, regions: ['us', 'eu'] }] }),
      hashOf({ ...config, providers: [{ ...provider, resources: ['aws_s3_buckets'] }] }),
      hashOf({ ...config, providers: [{ ...provider, max_retries: 4 }] }),
      hashOf({ ...config, providers: { aws: { max_retries: 3 } } }),
      hashOf({ ...config, providers: { gcp: { max_retries: 3 } } }),
      hashOf({ providers: config.providers, all: { ...config, providers: undefined } }),
      hashOf({}),
    ]
    expect(new Set([own, ...others]).size).toBe(others.length + 1)
  })

  const hostileKeys = [
    'password DB_PASSWORD passwd pwd pass passphrase token accessToken client_secret apiKey api-key access_key_id',
    'private_key Authorization credentials dsn connection_string cookie pat jwt ssh_key account_key license_key sas pem',
    'cert bearer otp pin mfa seed mnemonic webhook x-api-key signature salt iban card user email host account tenant',
    'organization project path home bucket url endpoint proxy value default key id code number',
  ].flatMap((line) => line.split(' '))
  const secrets: [string, unknown, unknown][] = [
    ['texts', 'hunter2', 'correct horse'],
    ['texts of one length', 'hunter2', 'hunter3'],
    ['numbers', 1234, 987654],
    ['large numbers', 4111111111111111n, 42n],
    ['lists', ['hunter2'], ['a', 'b', 'c']],
    ['objects', { nested: 'hunter2' }, { other: ['x'] }],
    ['a text and an object', 'hunter2', { a: { b: ['c'] } }],
    ['nothing and a text', null, 'hunter2'],
    ['an empty text and a text', '', 'hunter2'],
    ['dates', new Date(0), new Date(1e12)],
    ['base64', 'aHVudGVyMg==', 'YW5vdGhlcg=='],
    ['JSON in a text', '{"dry":true}', '{"dry":false}'],
    ['names that are public', 'aws', 'gcp'],
    ['words of enumerations', 'debug', 'info'],
  ]

  test.each(secrets)('does not depend on %s, under any hostile key', (_, one, two) => {
    for (const key of hostileKeys) {
      for (const around of [
        (value: unknown) => ({ ...config, [key]: value }),
        (value: unknown) => ({ ...config, deep: [{ deeper: { [key]: value } }] }),
        (value: unknown) => ({ ...config, providers: [{ ...provider, [key]: value }] }),
        (value: unknown) => ({ ...config, settings: [{ name: key, value }] }),
        (value: unknown) => ({ ...config, settings: { [key.toUpperCase()]: value } }),
      ]) {
        expect(hashOf(around(one)), key).toBe(hashOf(around(two)))
      }
    }
  })

  const texts: [string, string, string][] = [
    ['Server=db;Password=hunter2;', 'Server=db;Password=other;', 'a connection string'],
    ['https://example.org/x?token=hunter2', 'https://example.org/x?token=other', 'the query of a URL'],
    ['https://me:hunter2@example.org/x', 'https://me:p@ss:w/ord@example.org/x', 'the user-info of a URL'],
    ['https://hooks.example.org/T0/B0/x1', 'https://hooks.example.org/T0/B0/x2', 'the path of a URL'],
    ['-----BEGIN KEY-----\nAAAA', '-----BEGIN KEY-----\nBBBB', 'a key'],
    ['eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJub25lIn0.e31.', 'a JWT'],
    ['db01.corp', 'db02.corp', 'a host'],
    ['me@example.org', 'you@example.org', 'an address'],
  ]

  test.each(texts)('does not depend on %j or %j (%s), under the most harmless key', (one, two) => {
    const keys = ['name', 'names', 'providers', 'resources', 'regions', 'mode', 'log_level', 'format', 'timeout', 'x']
    for (const key of keys) {
      for (const around of [
        (value: unknown) => value,
        (value: unknown) => [value],
        (value: unknown) => [['info', value]],
      ])
        expect(hashOf({ ...config, [key]: around(one) }), key).toBe(hashOf({ ...config, [key]: around(two) }))
    }
  })

  test.each([
    ['ghp_abcdef0123456789', 'ghp_9876543210fedcba'],
    ['alice@example.org', 'bob@example.org'],
    ['/home/alice', '/srv/bob'],
    ['__proto__', 'constructor'],
  ])('does not depend on a key that is data: %s or %s', (one, two) => {
    const withKey = (key: string) => hashOf({ ...config, users: JSON.parse(`{${JSON.stringify(key)}:{"dry":true}}`) })
    expect(withKey(one)).toBe(withKey(two))
    const both = (...keys: string[]) => hashOf(keys.map((key, index) => ({ [key]: index === 0 })))
    expect(both(one, two)).toBe(both(two, one))
  })

  test('does not depend on the order of unknown keys', () => {
    expect(hashOf({ alice: true, bob: false })).toBe(hashOf({ bob: true, alice: false }))
  })

  test('calls no predicate, which may be true for any name', () => {
    const all = { providers: () => true, resources: () => true }
    expect(configHash(hasher('tool'), { name: 'hunter2' }, all)).toBe(configHash(hasher('tool'), { name: 'x' }, all))
  })

  test('exists for values that JSON does not have', () => {
    const cyclic: Record<string, unknown> = { a: 1 }
    cyclic['self'] = cyclic
    for (const value of [cyclic, 1n, { a: 2n }, new Date(0), new Date(NaN), [undefined], () => 1, Symbol('x'), NaN]) {
      expect(hashOf(value)).toMatch(sha1)
    }
  })

  const unfolding = (levels: number): unknown => {
    let value: unknown = ['x']
    for (let level = 0; level < levels; level++) value = [value, value]
    return value
  }
  const deep = (levels: number): unknown => {
    let value: unknown = 'bottom'
    for (let level = 0; level < levels; level++) value = { value }
    return value
  }
  const throwing = () => {
    throw new Error('getter')
  }

  test.each([
    ['no configuration', undefined],
    ['a getter that throws', Object.defineProperty({}, 'a', { get: throwing, enumerable: true })],
    ['a proxy that throws', new Proxy({}, { ownKeys: throwing })],
    ['anchors that unfold to 2^40', unfolding(40)],
    ['a million values', Array.from({ length: 1e6 }, () => 0)],
  ])('is not there, and nothing is thrown, for %s', (_, value) => {
    expect(configHash(hasher('tool'), value)).toBeUndefined()
  })

  test('exists for deep and long values, in linear time', () => {
    expect(hashOf(deep(100_000))).toMatch(sha1)
    for (const text of ['a://', 'aA', '_', '-', ' ', '.']) {
      expect(hashOf(text.repeat(500_000))).toMatch(sha1)
      expect(hashOf({ [text.repeat(500_000)]: 1 })).toMatch(sha1)
    }
  })
})

test('hashes under a key are HMACs, and differ with the key', () => {
  const interfaces = { eth0: [nic('192.0.2.7')] }
  const keyed = (key: string) => hostHashes(hasher('tool', key), interfaces, 'my-host')
  expect(Object.values(keyed('a')).join('\n')).toMatch(/^([0-9a-f]{64}\n?){3}$/)
  expect(keyed('a')).toEqual(keyed('a'))
  expect(Object.values(keyed('a'))).not.toEqual(Object.values(keyed('b')))
  expect(keyed('a').ip).toBe(createHmac('sha256', 'a').update('cq-telemetry\0tool\0ip\x00192.0.2.7').digest('hex'))
})
