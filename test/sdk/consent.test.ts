import { expect, test, vi } from 'vitest'
import { telemetryConsent } from '../../src/sdk/index.ts'

/** What it decides is tested in a real process, in `e2e/opentelemetry-host.test.ts`. */

const app = { name: 'mytool', version: '1.2.3' }

test('a wrong option throws a TypeError that names it', () => {
  expect(() => telemetryConsent({ app: { ...app, version: 'latest' } })).toThrow(TypeError)
  expect(() => telemetryConsent({ app, sendInDevelopement: true } as never)).toThrow('option "sendInDevelopement"')
})

test('without a destination it is off, and says so', () => {
  vi.stubEnv('DO_NOT_TRACK', '')
  expect(telemetryConsent({ app, argv: [] })).toEqual({
    mode: 'off',
    rule: 'no destination is configured',
    level: 'all',
    resource: {},
    redirect: undefined,
    ask: expect.any(Function) as () => Promise<void>,
  })
})
