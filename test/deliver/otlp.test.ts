import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { beforeEach, describe, expect, test } from 'vitest'
import { partialSuccess } from '../../src/bridge/answer.ts'
import { ensureChoice } from '../../src/consent/choice.ts'
import type { Job, OtlpDestination } from '../../src/launch/job.ts'
import { drain } from '../../src/deliver/drain.ts'
import { sendToOtlp } from '../../src/deliver/send/otlp.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import { toReadableSpans } from '../../src/otlp/readable-span.ts'
import { newName } from '../../src/spool/name.ts'
import { SpoolFile } from '../../src/spool/writer.ts'
import { officialJson } from '../support/official.ts'
import { certificateIn } from '../support/certificate.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Answer, attributesOf, type OtlpSpan, resourcesOf, spansOf, wellAnswer } from '../support/receiver.ts'
import { record } from '../support/record.ts'
import { afterPause, consentFile, files, jobFor, spoolDirectory, spooled } from '../support/spool.ts'

/** A drain of a spool for a collector alone: what each answer does to the files. */

const place = usePlace()
const receiver = useReceiver()

let generation: string
beforeEach(() => {
  const choice = ensureChoice(consentFile(place))
  generation = choice.kind === 'enabled' ? choice.generation : ''
})

/** Spools a run of one operation. Returns the ids of its two spans. */
const spool = (): string[] => {
  const run = record()
  run.operations.operation('fetch', () => undefined)
  run.end(0)
  const file = new SpoolFile(spoolDirectory(place), newName(generation, ['otlp'], 'jsonl'))
  file.append(run.resource(), run.spans)
  file.close()
  return run.spans.map(({ spanId }) => spanId)
}

/** One drain, in this process. Returns what it says under debug. */
const deliver = async (otlp: Partial<OtlpDestination> = {}, more: Partial<Job> = {}): Promise<string> => {
  const said: string[] = []
  const { rudder: _, ...job } = jobFor(place, receiver.url, more)
  await drain({ ...job, otlp: { url: `${receiver.url}/v1/traces`, headers: {}, ...otlp } }, (text) => said.push(text))
  return said.join('\n')
}

type Body = string | Uint8Array

const answering =
  (status: number, contentType: string | undefined, body: Body, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response
      .writeHead(status, { ...(contentType !== undefined && { 'content-type': contentType }), ...headers })
      .end(body)

const isReport = ({ attributes }: OtlpSpan) => attributesOf({ attributes })['cq.span.type'] === 'delivery'
const lost = () =>
  spansOf(receiver.requests)
    .filter(isReport)
    .map((span) => attributesOf(span)['cq.lost.rejected'])
const arrived = () =>
  spansOf(receiver.requests)
    .filter((span) => !isReport(span))
    .map(({ spanId }) => spanId)
const standing = () =>
  (JSON.parse(readFileSync(files(place).deliveryState, 'utf8')) as { otlp: { notBefore: number; last: string } }).otlp

const json = 'application/json'
const protobuf = 'application/x-protobuf'

describe('the request', () => {
  test("has the same bytes as the official serializer's for the same spans, with a shared resource once", async () => {
    const batchOf = (operation: string): Batch => {
      const run = record()
      run.operations.operation(operation, () => undefined)
      run.end(0)
      return { resource: run.resource(), spans: run.spans }
    }
    const [first, second, third] = [batchOf('fetch'), batchOf('build'), batchOf('test')]
    const batches = [first, second, { ...third, resource: first.resource }]
    await sendToOtlp(batches, { url: `${receiver.url}/v1/traces`, headers: {} })
    const spans = batches.flatMap(({ resource, spans: own }) => toReadableSpans(resource, own))
    expect(receiver.requests.map(({ body }) => body)).toEqual([officialJson(spans)])
    expect(resourcesOf(receiver.requests)).toHaveLength(2)
  })

  test('has the headers of its destination, and a User-Agent', async () => {
    spool()
    await deliver({ headers: { 'x-key': 'ours', 'content-type': 'text/plain' } })
    expect(receiver.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/traces',
      headers: {
        'x-key': 'ours',
        'content-type': json,
        'content-encoding': 'gzip',
        'user-agent': expect.stringMatching(/^cq-telemetry\/\d+\.\d+\.\d+$/) as string,
      },
    })
  })

  test('is not compressed if its destination says so', async () => {
    spool()
    await deliver({ compression: 'none' })
    expect(receiver.requests[0]?.headers).not.toHaveProperty('content-encoding')
    expect(spooled(place)).toEqual([])
  })

  test.each([['https'], ['HTTPS']])(
    'goes over TLS (%s) to a server that its certificate authority vouches for, with the certificate of this client',
    async (scheme) => {
      spool()
      const { key, keyPath, certificate } = certificateIn(place.cwd, 'localhost')
      const seen: (boolean | undefined)[] = []
      const trusted = { ca: certificate.content, requestCert: true, rejectUnauthorized: false }
      const server = createServer({ key, cert: certificate.content, ...trusted }, (request, response) => {
        seen.push((request.socket as TLSSocket).authorized)
        request.resume().on('end', () => response.writeHead(200, { 'content-type': json }).end('{}'))
      })
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
      const url = `${scheme}://localhost:${(server.address() as AddressInfo).port}/v1/traces`
      const { path } = certificate
      await deliver({ url }, { endsAfterMs: performance.now() + 1_500 })
      expect({ seen, files: spooled(place).length }).toEqual({ seen: [], files: 1 })
      afterPause(place)
      await deliver({ url, certificates: { ca: path, key: keyPath, cert: path } })
      expect({ seen, files: spooled(place).length }).toEqual({ seen: [true], files: 0 })
      server.closeAllConnections()
      server.close()
    },
  )
})

describe('a valid OTLP answer settles the file', () => {
  test.each<[string, number, string | undefined, Body]>([
    ['JSON without fields', 200, json, '{}'],
    ['JSON with parameters of its type', 200, 'Application/JSON; charset=utf-8', '{}'],
    ['JSON with an empty partial success', 200, json, '{"partialSuccess":{}}'],
    [
      'JSON with a partial success of none',
      200,
      json,
      '{"partialSuccess":{"rejectedSpans":"0","errorMessage":"slow"}}',
    ],
    ['JSON with null and a field of the future', 200, json, '{"partialSuccess":null,"other":[1]}'],
    ['an empty body as JSON', 200, json, ''],
    ['protobuf without fields', 200, protobuf, ''],
    ['protobuf with a partial success of none', 200, protobuf, partialSuccess(0, 'slow')],
    [
      'protobuf with fields of the future',
      200,
      protobuf,
      Uint8Array.of(0x10, 0x96, 0x01, 0x1d, 1, 2, 3, 4, 0x22, 1, 9),
    ],
    ['an empty body without a type', 200, undefined, ''],
    ['no content', 204, undefined, ''],
  ])('%s', async (_, status, contentType, body) => {
    spool()
    receiver.answer = answering(status, contentType, body)
    await deliver()
    expect(spooled(place)).toEqual([])
    expect(standing().last).toBe('delivered')
    expect(receiver.requests).toHaveLength(1)
  })
})

describe('an answer that is not OTLP removes nothing, and the request is not repeated at once', () => {
  test.each<[string, number, string | undefined, Body]>([
    ['a captive portal', 200, 'text/html', '<html>Please log in</html>'],
    ['a captive portal without a page', 200, 'text/html', ''],
    ['a text', 200, 'text/plain', 'ok'],
    ['JSON without a type', 200, undefined, '{}'],
    ['a page as JSON', 200, json, '<html>'],
    ['a list', 200, json, '[]'],
    ['a text as JSON', 200, json, '"ok"'],
    ['null', 200, json, 'null'],
    ['a partial success that is a text', 200, json, '{"partialSuccess":"no"}'],
    ['a count that is a text', 200, json, '{"partialSuccess":{"rejectedSpans":"many"}}'],
    ['a count below zero', 200, json, '{"partialSuccess":{"rejectedSpans":-1}}'],
    ['a text as protobuf', 200, protobuf, 'ok'],
    ['JSON as protobuf', 200, protobuf, '{}'],
    ['protobuf that is cut short', 200, protobuf, partialSuccess(1, 'x'.repeat(50)).subarray(0, 20)],
    ['protobuf without an end of a number', 200, protobuf, Uint8Array.of(0x0a, 0xff, 0xff)],
    ['a count below zero as protobuf', 200, protobuf, partialSuccess(-1, '')],
    ['a redirect', 302, 'text/html', ''],
    ['an error of the server', 500, json, '{}'],
    ['a status of another kind', 418, undefined, ''],
  ])('%s', async (_, status, contentType, body) => {
    spool()
    receiver.answer = answering(status, contentType, body, { location: '/elsewhere' })
    await deliver()
    expect(spooled(place)).toHaveLength(1)
    expect(standing().last).toMatch(new RegExp(`^status ${status}`))
    expect(receiver.requests).toHaveLength(1)
  })
})

describe('a partial success', () => {
  test.each<[string, string, Body, number]>([
    ['as JSON', json, '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"secret"}}', 1],
    ['with a number as JSON', json, '{"partialSuccess":{"rejectedSpans":1}}', 1],
    ['as protobuf', protobuf, partialSuccess(1, 'secret'), 1],
    ['of more spans than there were', json, '{"partialSuccess":{"rejectedSpans":"999999"}}', 4],
    ['of more spans than there were, as protobuf', protobuf, partialSuccess(999_999, ''), 4],
  ])('%s is not sent again; what is lost is reported once', async (_, contentType, body, count) => {
    const sent = [...spool(), ...spool()]
    receiver.answer = answering(200, contentType, body)
    const said = await deliver()
    expect(arrived().sort()).toEqual(sent.sort())
    // The report is refused as well, and that is not reported.
    expect(lost()).toEqual([count])
    expect(spooled(place)).toEqual([])
    expect(said).not.toContain('secret')
  })
})

describe('an answer that refuses the request', () => {
  test.each([400, 413])('%i for one bad file loses only that file', async (status) => {
    const [first, bad, ...rest] = [spool(), spool(), spool(), spool(), spool()]
    receiver.answer = (request, response) =>
      request.body.includes(String(bad?.[0])) ? response.writeHead(status).end() : wellAnswer(request, response)
    await deliver()
    const taken = receiver.requests.filter(({ body }) => !body.includes(String(bad?.[0])))
    const ids = spansOf(taken).filter((span) => !isReport(span))
    expect(ids.map(({ spanId }) => spanId).sort()).toEqual([first, ...rest].flat().sort())
    expect(lost()).toEqual([2])
    expect(spooled(place)).toEqual([])
  })

  test('is not requested for each of many files', async () => {
    for (let run = 0; run < 120; run++) spool()
    receiver.answer = answering(400, undefined, '')
    await deliver()
    expect(receiver.requests.length).toBeLessThanOrEqual(100)
    expect(spooled(place).length).toBeGreaterThan(0)
  })

  test.each([401, 403, 404, 410])('%i to everything is requested once', async (status) => {
    spool()
    receiver.answer = answering(status, undefined, '')
    await deliver()
    expect(receiver.requests).toHaveLength(1)
    expect(spooled(place)).toHaveLength(1)
    expect(standing().last).toMatch(new RegExp(`^status ${status}: `))
    // A day after the first 410; the others may be a mistake that is mended soon.
    expect(standing().notBefore - Date.now() > 3_600_000).toBe(status === 410)
  })
})

describe('an answer that asks to retry', () => {
  const thenWell = (status: number, headers: () => Record<string, string> = () => ({})) => {
    const times: number[] = []
    receiver.answer = (request, response) => {
      times.push(performance.now())
      if (times.length === 1) response.writeHead(status, headers()).end()
      else wellAnswer(request, response)
    }
    return times
  }

  test.each([429, 502, 503, 504])('%i gets the same request again', async (status) => {
    spool()
    thenWell(status)
    await deliver()
    const [first, second] = receiver.requests
    expect(receiver.requests).toHaveLength(2)
    expect(second?.body).toBe(first?.body)
    expect(spooled(place)).toEqual([])
  })

  test.each([
    ['in seconds', () => '1', 990],
    ['by a date', () => new Date(Date.now() + 2_000).toUTCString(), 900],
  ])('%s gets it then', async (_, retryAfter, ms) => {
    spool()
    const times = thenWell(503, () => ({ 'retry-after': retryAfter() }))
    await deliver()
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(ms)
    expect(spooled(place)).toEqual([])
  })

  test.each([
    ['3600', 3_600_000],
    ['86400', 3_600_000],
    ['600', 600_000],
  ])('for %s seconds is asked by a later child, after an hour at most', async (retryAfter, ms) => {
    spool()
    receiver.answer = answering(503, undefined, '', { 'retry-after': retryAfter })
    await deliver()
    expect(receiver.requests).toHaveLength(1)
    expect(spooled(place)).toHaveLength(1)
    const pause = standing().notBefore - Date.now()
    expect(pause).toBeLessThanOrEqual(ms)
    expect(pause).toBeGreaterThan(ms - 60_000)
  })
})
