import { expect, test } from 'vitest'
import { resourceFacts } from '../../src/identity/resource.ts'

const app = { name: 'mytool', version: '1.0.0' }
const factsWith = (config: unknown) => resourceFacts({ app, identity: 'random-only', config }, [], () => undefined)

test('a configuration that becomes known late is read once', () => {
  const configurations = [undefined, undefined, { retries: 1 }, { retries: 2 }]
  let asked = 0
  const facts = factsWith(() => configurations[asked++])
  expect(facts()).not.toHaveProperty(['cq.config.hash'])
  expect(facts()).not.toHaveProperty(['cq.config.hash'])
  const { 'cq.config.hash': hash } = facts()
  expect(hash).toBe(factsWith({ retries: 1 })()['cq.config.hash'])
  expect(facts()).toMatchObject({ 'cq.config.hash': hash })
  expect(asked).toBe(3)
})

test('a configuration with too many values has no hash, and is read once', () => {
  let asked = 0
  const facts = factsWith(() => {
    asked++
    return Array.from({ length: 200_000 }, () => true)
  })
  for (let write = 0; write < 3; write++) expect(facts()).not.toHaveProperty(['cq.config.hash'])
  expect(asked).toBe(1)
})

test('a configuration that throws is read again', () => {
  let asked = 0
  const facts = factsWith(() => {
    if (asked++ === 0) throw new Error('not loaded yet')
    return { retries: 1 }
  })
  expect(facts()).not.toHaveProperty(['cq.config.hash'])
  expect(facts()).toHaveProperty(['cq.config.hash'])
})
