import { createHmac } from 'node:crypto'
import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { configHash } from '../../src/identity/config-hash.ts'
import { addresses, hasher, hostHashes, macs } from '../../src/identity/hashes.ts'

const sha1 = /^[0-9a-f]{40}$/
const nic = (address: string, mac = '02:00:00:00:00:01', more: object = {}): NetworkInterfaceInfo =>
  ({ address, mac, family: 'IPv4', internal: false, netmask: '', cidr: null, ...more }) as NetworkInterfaceInfo

const loopback = nic('127.0.0.1', '00:00:00:00:00:00', { internal: true })
const home = { lo: [loopback], eth0: [nic('192.0.2.7', '02:00:00:00:00:0A')], wlan0: [nic('192.0.2.5')] }

describe('the hashes of the machine', () => {
  test('are SHA-1 of what the user documentation says', () => {
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

  test('leave out an address of hardware that is none', () => {
    expect(macs({ tunnel: [nic('192.0.2.1', '00:00:00:00:00:00')] })).toBeUndefined()
  })
})

describe('the hash of the configuration', () => {
  const config = { providers: [{ name: 'aws', regions: ['eu', 'us'] }], dry: true, url: 'https://example.org/x' }
  const own = configHash(hasher('tool'), config)

  test('is a SHA-1 that does not depend on the order of keys', () => {
    expect(own).toMatch(sha1)
    const { url, dry, providers } = config
    expect(configHash(hasher('tool'), { url, dry, providers })).toBe(own)
    expect(configHash(hasher('tool'), JSON.parse(JSON.stringify(config)))).toBe(own)
  })

  test('differs with the app, a value, the order of a list, and a nesting', () => {
    const others = [
      configHash(hasher('other'), config),
      configHash(hasher('tool'), { ...config, dry: false }),
      configHash(hasher('tool'), { ...config, providers: [{ name: 'aws', regions: ['us', 'eu'] }] }),
      configHash(hasher('tool'), { providers: config.providers, all: { dry: true, url: config.url } }),
      configHash(hasher('tool'), null),
      configHash(hasher('tool'), ''),
      configHash(hasher('tool'), {}),
      configHash(hasher('tool'), [0]),
      configHash(hasher('tool'), '1'),
      configHash(hasher('tool'), 1),
    ]
    expect(new Set([own, ...others]).size).toBe(others.length + 1)
  })

  test.each(
    ['password', 'DB_PASSWORD', 'passwd', 'pwd', 'token', 'accessToken', 'client_secret', 'apiKey', 'api-key'].concat([
      'access_key_id',
      'private_key',
      'Authorization',
      'credentials',
      'dsn',
      'connection_string',
      'cookie',
    ]),
  )('does not depend on the value of %s', (key) => {
    const withIt = (value: unknown) => configHash(hasher('tool'), { ...config, deep: [{ [key]: value }] })
    expect(withIt('hunter2')).toBe(withIt('other'))
    expect(withIt({ nested: 'hunter2' })).toBe(withIt(['x']))
  })

  test.each([
    ['https://me:hunter2@example.org/x', 'https://example.org/x'],
    ['postgres://me@10.0.0.1/db', 'postgres://10.0.0.1/db'],
    ['a HTTPS://u:p@h/ and ftp://u:p@h/', 'a HTTPS://h/ and ftp://h/'],
    ['https://me:p@ss:w/ord@example.org/x', 'https://example.org/x'],
  ])('does not depend on the user-info of %s', (url, without) => {
    expect(configHash(hasher('tool'), { ...config, target: url })).toBe(
      configHash(hasher('tool'), { ...config, target: without }),
    )
    expect(configHash(hasher('tool'), [url])).toBe(configHash(hasher('tool'), [without]))
  })

  test('is there for values that JSON has not', () => {
    const cyclic: Record<string, unknown> = { a: 1 }
    cyclic['self'] = cyclic
    for (const value of [cyclic, 1n, { a: 2n }, new Date(0), new Date(NaN), [undefined], () => 1, Symbol('x'), NaN]) {
      expect(configHash(hasher('tool'), value)).toMatch(sha1)
    }
    expect(configHash(hasher('tool'), { a: 1, b: undefined })).toBe(configHash(hasher('tool'), { a: 1 }))
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

  test('is there for what is deep or long, in a time that grows with its length alone', () => {
    expect(configHash(hasher('tool'), deep(100_000))).toMatch(sha1)
    expect(configHash(hasher('tool'), 'a://'.repeat(500_000))).toMatch(sha1)
    expect(configHash(hasher('tool'), `https://${'a'.repeat(2_000_000)}`)).toMatch(sha1)
  })
})

test('under a key they are HMACs, and another key gives others', () => {
  const interfaces = { eth0: [nic('192.0.2.7')] }
  const keyed = (key: string) => hostHashes(hasher('tool', key), interfaces, 'my-host')
  expect(Object.values(keyed('a')).join('\n')).toMatch(/^([0-9a-f]{64}\n?){3}$/)
  expect(keyed('a')).toEqual(keyed('a'))
  expect(Object.values(keyed('a'))).not.toEqual(Object.values(keyed('b')))
  expect(keyed('a').ip).toBe(createHmac('sha256', 'a').update('cq-telemetry\0tool\0ip\x00192.0.2.7').digest('hex'))
})
