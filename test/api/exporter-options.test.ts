import { BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import { describe, expect, test } from 'vitest'
import { telemetryConsent } from '../../src/sdk/index.ts'
import { createBridge } from '../../src/bridge/handler.ts'
import { RudderSpanExporter } from '../../src/deliver/rudder-exporter.ts'
import { oneOf } from '../../src/index.ts'
import { InspectSpanExporter } from '../../src/inspect/exporter.ts'
import { SanitizingSpanProcessor } from '../../src/record/sanitizing-processor.ts'

/** What takes options beside `instrument()` checks them in the same way. */

const secret = 'hunter2-the-secret'
const destination = { writeKey: secret, dataPlaneUrl: 'https://example.org' }
const names = { publicNames: { operations: ['build'], resources: () => true }, attributes: { output: oneOf('json') } }
const wrongNames: [option: string, value: unknown][] = [
  ['publicNames', [secret]],
  ['publicNames.operations', { operations: secret }],
  ['publicNames.operation', { operation: ['build'] }],
  ['attributes', { output: ['json'] }],
]

interface Taker {
  readonly start: (options: never) => unknown
  readonly valid: object
  readonly wrong: readonly (readonly [option: string, value: unknown])[]
}

const takers: Record<string, Taker> = {
  RudderSpanExporter: {
    start: (options) => new RudderSpanExporter(options),
    valid: { ...destination, ...names, resourcesDurations: true, deadlineMs: 1, onReport: () => undefined },
    wrong: [
      ['writeKey', undefined],
      ['writeKey', ' '],
      ['dataPlaneUrl', 'ftp://example.org'],
      ['dataPlaneUrl', undefined],
      ['resourcesDurations', 'yes'],
      ['deadlineMs', 0],
      ['deadlineMs', Number.NaN],
      ['onReport', secret],
      ...wrongNames,
    ],
  },
  InspectSpanExporter: {
    start: (options) => new InspectSpanExporter(options),
    valid: { ...names, logFile: 'a.log', now: () => new Date(), viewer: 'mytool view', print: () => undefined },
    wrong: [['logFile', ''], ['now', new Date()], ['viewer', 1], ['print', true], ...wrongNames],
  },
  SanitizingSpanProcessor: {
    start: (options) => new SanitizingSpanProcessor(options),
    valid: {
      ...names,
      next: new BatchSpanProcessor({ exporter: new InMemorySpanExporter() }),
      resource: { 'service.name': 'tool' },
      onRemoved: () => undefined,
    },
    wrong: [
      ['next', undefined],
      ['next', new InMemorySpanExporter()],
      ['next', null],
      ['resource', secret],
      ['onRemoved', secret],
      ...wrongNames,
    ],
  },
  telemetryConsent: {
    start: (options) => telemetryConsent(options),
    valid: { app: { name: 'tool', version: '1.2.3' }, rudder: destination, argv: ['--no-telemetry'] },
    wrong: [
      ['app', undefined],
      ['app.name', { name: secret.toUpperCase(), version: '1.2.3' }],
      ['rudder.dataPlaneUrl', { writeKey: secret }],
      ['notice', 'never'],
      ['delivery', 'manual'],
    ],
  },
  createBridge: {
    start: (options) => createBridge(options),
    valid: { rudder: destination, maxBodyBytes: 1, maxInflatedBytes: 1, maxSpans: 1, maxConcurrent: 1, deadlineMs: 1 },
    wrong: [
      ['rudder', undefined],
      ['rudder.dataPlaneUrl', { writeKey: secret }],
      ['rudder.dataPlaneURL', { ...destination, dataPlaneURL: secret }],
      ['maxBodyBytes', '4'],
      ['maxInflatedBytes', -1],
      ['maxSpans', Number.POSITIVE_INFINITY],
      ['maxConcurrent', null],
      ['deadlineMs', 0],
      ['log', console],
      ['transport', {}],
    ],
  },
}

describe.each(Object.entries(takers))('%s', (who, { start, valid, wrong }) => {
  const messageOf = (options: unknown): string => {
    try {
      start(options as never)
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      return (error as TypeError).message
    }
    return 'nothing is wrong'
  }

  test('accepts valid options, and undefined for an optional one', () => {
    expect(messageOf(valid)).toBe('nothing is wrong')
    const required = ['writeKey', 'dataPlaneUrl', 'next', 'app', ...(who === 'createBridge' ? ['rudder'] : [])]
    for (const option of Object.keys(valid).filter((each) => !required.includes(each)))
      expect(messageOf({ ...valid, [option]: undefined }), option).toBe('nothing is wrong')
  })

  test('names a misspelt option, and lists the known ones', () => {
    const [known = ''] = Object.keys(valid)
    const message = messageOf({ ...valid, [`${known}s`]: secret })
    expect(message).toMatch(`${who}: option "${known}s" is not known; known are `)
    expect(message.split('known are ')[1]?.split(', ')).toContain(known)
    expect(message).not.toContain(secret)
  })

  test.each(wrong)('names a wrong %s: %o', (option, value) => {
    const message = messageOf({ ...valid, [String(option.split('.')[0])]: value })
    expect(message).toMatch(new RegExp(`^${who}: option "${option}" (?:must be|is not known)`))
    expect(message).not.toContain(secret)
  })

  test('rejects a text instead of options', () => {
    expect(messageOf(secret)).toBe(`${who}: the options must be an object`)
  })
})
