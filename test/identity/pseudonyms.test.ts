import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readChoice, saveChoice } from '../../src/consent/choice.ts'
import { pseudonyms } from '../../src/identity/pseudonyms.ts'
import { publicize } from '../../src/schema/names.ts'
import { runFixture } from '../support/program.ts'
import { attributesOf, spansOf } from '../support/receiver.ts'
import { consentFile, deliverRest, files, sawNotice, spooled, telemetryDirectory } from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** Names that are not public, told apart without being told. */

const place = usePlace()
const receiver = useReceiver()

const silent = () => undefined
const secret = () => files(place).secret
const mayCreate = () => readChoice(consentFile(place)).kind !== 'disabled'
const shape = /^private-[0-9a-f]{16}$/
const judge = (kinds = ['providers', 'resources'] as ('providers' | 'resources')[]) =>
  publicize(
    { providers: ['aws'], resources: () => true },
    pseudonyms({ kinds, secretFile: secret(), mayCreate }, silent),
  )

test('a name has the same pseudonym in each process of an installation, and another name has another one', () => {
  const name = judge()('providers', 'db01.corp')
  expect(name).toMatch(shape)
  expect(judge()('providers', 'db01.corp')).toBe(name)
  expect(judge()('providers', 'db02.corp')).not.toBe(name)
  expect(judge()('resources', 'db01.corp', 'db02.corp')).not.toBe(name)
  place.remove()
  expect(judge()('providers', 'db01.corp')).not.toBe(name)
})

test('a public name stays unchanged, and a kind without pseudonyms is private', () => {
  expect(judge()('providers', 'aws')).toBe('aws')
  expect(judge(['resources'])('providers', 'db01.corp')).toBe('private')
  expect(judge()('operations', 'db01.corp')).toBe('private')
  expect(existsSync(secret())).toBe(false)
})

test('a resource of a private provider has a pseudonym, even if its name is public elsewhere', () => {
  const rule = judge()
  const provider = rule('providers', 'in-house')
  expect(rule('resources', 'users', 'aws')).toBe('users')
  expect(rule('resources', 'users', provider)).toMatch(shape)
  expect(judge(['providers'])('resources', 'users', provider)).toBe('private')
})

test('an own pseudonym stays unchanged, and a name that only looks like one does not', () => {
  const rule = judge()
  const own = rule('providers', 'in-house')
  expect(rule('providers', own)).toBe(own)
  const forged = `private-${'0'.repeat(16)}`
  expect(rule('providers', forged)).not.toBe(forged)
  expect(rule('providers', 'private')).toBe('private')
  expect(rule('providers', '')).toBe('private')
})

test('names after the first ten thousand are private', () => {
  const rule = judge()
  for (let index = 0; index < 10_000; index++) rule('resources', `name-${index}`, 'private')
  expect(rule('providers', 'one-more')).toBe('private')
})

describe('the secret', () => {
  test('is readable only by its user, and is not made before a name needs it', () => {
    const rule = judge()
    rule('providers', 'aws')
    expect(existsSync(secret())).toBe(false)
    rule('providers', 'in-house')
    expect(statSync(secret()).mode & 0o777).toBe(0o600)
    expect(readFileSync(secret(), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  })

  test.each<[string, () => void]>([
    ['is garbage', () => writeFileSync(secret(), 'garbage')],
    ['is a directory', () => mkdirSync(secret())],
    ['may not be made, since the user has said no', () => saveChoice(files(place), 'disabled', [])],
  ])('that %s makes names private, and stays as it is', (_, prepare) => {
    mkdirSync(telemetryDirectory(place), { recursive: true })
    prepare()
    const before = existsSync(secret()) && statSync(secret()).isFile() ? readFileSync(secret(), 'utf8') : undefined
    expect(judge()('providers', 'in-house')).toBe('private')
    if (before !== undefined) expect(readFileSync(secret(), 'utf8')).toBe(before)
    else expect(existsSync(secret()) && statSync(secret()).isFile()).toBe(false)
  })

  test('is deleted when the user opts out', () => {
    judge()('providers', 'in-house')
    saveChoice(files(place), 'disabled', [])
    expect(existsSync(secret())).toBe(false)
  })
})

describe('a host with pseudonyms', () => {
  const host = (env: NodeJS.ProcessEnv = {}) =>
    runFixture('pseudonyms.mjs', place, { RUDDER_URL: receiver.url, CQ_OTLP_ENDPOINT: receiver.url, ...env })
  const named = (key: string) => [
    ...new Set(spansOf(receiver.requests).flatMap((span) => (attributesOf(span)[key] as string[] | undefined) ?? [])),
  ]

  test('sends them in spans and in sums, and never sends the names or the secret', async () => {
    sawNotice(place)
    await host()
    await host()
    await deliverRest(place, receiver.url)
    const [provider, ...none] = named('cq.provider.name')
    expect(none).toEqual([])
    expect(provider).toMatch(shape)
    expect(named('cq.providers.names')).toEqual([provider])
    const resources = named('cq.resource.name')
    expect(resources).toHaveLength(2)
    for (const name of resources) expect(name).toMatch(shape)
    expect(named('cq.resources.names').sort()).toEqual(resources.sort())
    expect(named('cq.policy.name')).toEqual(['private'])
    const everything = receiver.requests.map(({ body }) => body).join()
    for (const text of ['in-house', 'customers', 'orders', 'our-policy', readFileSync(secret(), 'utf8').trim()]) {
      expect(everything).not.toContain(text)
    }
  })

  test('sends none from CI, where no secret lasts', async () => {
    await host({ CI: 'true', DELIVERY: 'manual' })
    expect(spooled(place)).toHaveLength(1)
    await deliverRest(place, receiver.url)
    expect(named('cq.provider.name')).toEqual(['private'])
    expect(existsSync(secret())).toBe(false)
  })
})
