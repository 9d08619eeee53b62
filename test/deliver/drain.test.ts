import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureChoice, saveChoice } from '../../src/consent/choice.ts'
import { alreadyPublic } from '../../src/schema/names.ts'
import { sanitizeResource } from '../../src/schema/sanitize.ts'
import { SpoolFile } from '../../src/spool/writer.ts'
import { newName, type State } from '../../src/spool/name.ts'
import { formatOwner, type Owner, thisProcess } from '../../src/spool/owner.ts'
import { newPlace, type Place } from '../support/program.ts'
import {
  attributesOf,
  type Receiver,
  resourcesOf,
  spansOf,
  startReceiver,
  tracksOf,
  wellAnswer,
} from '../support/receiver.ts'
import { record } from '../support/record.ts'
import {
  afterPause,
  consentFile,
  deliverRest,
  files,
  jobFor,
  runChild,
  spoolDirectory,
  spooled,
  startChild,
  states,
  telemetryDirectory,
} from '../support/spool.ts'

/** The real child over a spool that was written before. */

let place: Place
let receiver: Receiver
let generation: string

beforeEach(async () => {
  place = newPlace()
  receiver = await startReceiver()
  const choice = ensureChoice(consentFile(place))
  generation = choice.kind === 'enabled' ? choice.generation : ''
})
afterEach(async () => {
  await receiver.close()
  place.remove()
})

const installation = '0d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1'

interface Spooled {
  readonly state?: State
  readonly id?: string
  readonly began?: number
  readonly of?: string
}

/** Spools a run of one operation; returns its file's path. */
const spool = ({ state = 'jsonl', id = installation, began = Date.now(), of = generation }: Spooled = {}): string => {
  const run = record()
  run.operations.operation('fetch', () => undefined)
  run.end(0)
  const facts = { ...run.resource().attributes, 'app.installation.id': id }
  const file = new SpoolFile(spoolDirectory(place), newName(of, ['rudder', 'otlp'], 'jsonl', began))
  const before = spooled(place)
  file.append(sanitizeResource(facts, alreadyPublic, 'client'), run.spans)
  file.close()
  const name = spooled(place).find((each) => !before.includes(each)) ?? ''
  const path = join(spoolDirectory(place), name)
  if (state === 'jsonl') return path
  const renamed = path.replace(/jsonl$/, state)
  renameSync(path, renamed)
  return renamed
}

const drain = (more = {}) => runChild(jobFor(place, receiver.url, more))
const events = () => tracksOf(receiver.requests).map(({ event }) => event)
const lost = () =>
  tracksOf(receiver.requests)
    .filter(({ event }) => event === 'delivery')
    .map(({ properties }) => Object.fromEntries(Object.entries(properties).filter(([key]) => key.startsWith('lost_'))))

/** A process that is over: its id belongs to nobody, or to somebody who began at another time. */
const gone = (): Owner => ({ ...thisProcess(), startTicks: '1' })
const elsewhere = (): Owner => ({ ...thisProcess(), location: `ffffff${thisProcess().location.slice(6)}` })

describe('a file that is sent', () => {
  test('is sent in one request for each destination, and then removed', async () => {
    for (let run = 0; run < 5; run++) spool()
    await drain()
    expect(receiver.requests.map(({ path }) => path).sort()).toEqual(['/v1/batch', '/v1/traces'])
    expect(events()).toEqual(Array.from({ length: 5 }, () => ['operation', 'run']).flat())
    expect(spooled(place)).toEqual([])
  })

  test('has the resource of a run once, and again after it has changed', async () => {
    const file = new SpoolFile(spoolDirectory(place), newName(generation, ['otlp'], 'jsonl'))
    const version = { 'cq.database.version': '18.1' }
    const said = [{}, {}, version, version]
    const written = said.map((more) => {
      const run = record()
      run.operations.operation('fetch', () => undefined)
      run.end(0)
      const facts = { 'service.name': 'fixture', 'app.installation.id': installation, ...more }
      file.append(sanitizeResource(facts, alreadyPublic, 'client'), run.spans)
      return run.spans.map(({ spanId }) => spanId)
    })
    file.close()
    await drain()
    expect(resourcesOf(receiver.requests)).toEqual([
      { 'service.name': 'fixture', 'app.installation.id': installation },
      { 'service.name': 'fixture', 'app.installation.id': installation, ...version },
    ])
    expect(spansOf(receiver.requests).map(({ spanId }) => spanId)).toEqual(written.flat())
  })

  test('of a large run is at most a megabyte long, and all of them arrive once', async () => {
    const file = new SpoolFile(spoolDirectory(place), newName(generation, ['rudder', 'otlp'], 'jsonl'))
    const written: string[] = []
    for (let count = 0; count < 1_500; count++) {
      const run = record()
      run.operations.operation('fetch', () => undefined)
      run.end(0)
      file.append(run.resource(), run.spans)
      written.push(...run.spans.map(({ spanId }) => spanId))
    }
    expect(file.close()).toBeGreaterThan(2_000_000)
    const sizes = spooled(place).map((name) => statSync(join(spoolDirectory(place), name)).size)
    expect(sizes.length).toBeGreaterThan(2)
    expect(Math.max(...sizes)).toBeLessThan(1_100_000)
    await drain()
    expect(
      spansOf(receiver.requests)
        .map(({ spanId }) => spanId)
        .sort(),
    ).toEqual(written.sort())
    expect(events()).toHaveLength(written.length)
    expect(spooled(place)).toEqual([])
  })

  test('is sent in a request of its own if the random id differs', async () => {
    spool()
    spool({ id: '1d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1' })
    await drain()
    for (const request of receiver.requests) {
      const ids =
        request.path === '/v1/traces'
          ? resourcesOf([request]).map((each) => each['app.installation.id'])
          : tracksOf([request]).map(({ anonymousId }) => anonymousId)
      expect(new Set(ids).size).toBe(1)
    }
    expect(receiver.requests).toHaveLength(4)
  })

  test('is sent in several requests if it is large', async () => {
    const path = spool()
    const line = readFileSync(path, 'utf8')
    for (let lines = 0; lines < 1_500; lines++) appendFileSync(path, line)
    for (let run = 0; run < 3; run++) spool()
    await drain()
    expect(receiver.requests.filter(({ path: at }) => at === '/v1/traces').length).toBeGreaterThan(1)
    expect(spooled(place)).toEqual([])
  })

  test('is sent once by two children, whether or not they see each other', async () => {
    for (let run = 0; run < 20; run++) spool()
    await Promise.all([drain(), drain(), drain()])
    await deliverRest(place, receiver.url)
    const ids = tracksOf(receiver.requests).map(({ messageId }) => messageId)
    expect(ids).toHaveLength(40)
    expect(new Set(ids).size).toBe(40)
  })
})

describe('a file that is not sent', () => {
  test('is deleted if it was recorded under another choice', async () => {
    spool({ of: 'ffffffffffffffff' })
    await drain()
    expect({ requests: receiver.requests, files: spooled(place) }).toEqual({ requests: [], files: [] })
  })

  test.each([
    ['no', () => saveChoice(files(place), 'disabled', [])],
    ['not to be read', () => writeFileSync(consentFile(place), 'garbage')],
    ['not to be found', () => writeFileSync(consentFile(place), '')],
  ])('anything, where the choice is %s', async (_, change) => {
    spool()
    change()
    await drain()
    expect(receiver.requests).toEqual([])
  })

  test('stays if it is held, open, claimed by another drain, or not ours', async () => {
    spool({ state: 'held' })
    spool({ state: 'open' })
    spool({ state: `claim-${formatOwner(thisProcess())}` })
    spool({ state: `claim-${formatOwner(elsewhere())}` })
    writeFileSync(join(spoolDirectory(place), 'notes.txt'), 'of the user')
    const before = spooled(place)
    await drain()
    expect(receiver.requests).toEqual([])
    expect(spooled(place)).toEqual(before)
  })

  test('is not sent to a destination that already has it', async () => {
    spool()
    receiver.answer = (request, response) =>
      request.path === '/v1/traces' ? response.writeHead(404).end() : wellAnswer(request, response)
    await drain()
    receiver.answer = wellAnswer
    await drain()
    expect(states(place)).toEqual(['jsonl'])
    expect(events()).toEqual(['operation', 'run'])
  })
})

test('is not sent again to one destination if the child is killed while the other is silent', async () => {
  spool()
  receiver.answer = (request, response) => void (request.path === '/v1/batch' && wellAnswer(request, response))
  const running = startChild(jobFor(place, receiver.url))
  for (let tries = 0; !spooled(place).some((name) => name.includes('.otlp.claim')) && tries < 6_000; tries++)
    await sleep(10)
  running.kill('SIGKILL')
  await once(running, 'close')
  receiver.answer = wellAnswer
  await deliverRest(place, receiver.url)
  expect(receiver.requests.filter(({ path }) => path === '/v1/batch')).toHaveLength(1)
  expect(spooled(place)).toEqual([])
})

describe('a leftover file', () => {
  test.each<[string, () => State]>([
    ['by a run that was killed', () => 'open'],
    ['by a drain that was killed', () => `claim-${formatOwner(gone())}`],
  ])('%s is taken over', async (_, state) => {
    const path = spool({ state: state() })
    renameSync(path, path.replace(formatOwner(thisProcess()), formatOwner(gone())))
    await drain()
    expect(events()).toEqual(['operation', 'run'])
    expect(spooled(place)).toEqual([])
  })

  test('of another machine is taken over once it is old', async () => {
    const path = spool({ state: `claim-${formatOwner(elsewhere())}` })
    execFileSync('touch', ['-d', '6 minutes ago', path])
    await drain()
    expect(events()).toEqual(['operation', 'run'])
  })

  test('drops only a truncated last line, and counts a broken one', async () => {
    appendFileSync(spool(), '{"resourceSpans":[{"resource":{"attri')
    appendFileSync(spool(), 'broken\n')
    await drain()
    expect(events().filter((event) => event !== 'delivery')).toHaveLength(4)
    expect(lost()).toEqual([{ lost_unreadable: 1 }])
    expect(spooled(place)).toEqual([])
  })

  test('that is no regular file neither blocks nor breaks the drain', async () => {
    const name = (digit: string) => spool().replace(/0[0-9a-z]{8}([0-9a-f]{10})/, `000000000${digit.repeat(10)}`)
    symlinkSync('/etc/passwd', name('a'))
    mkdirSync(name('b'))
    execFileSync('mkfifo', [name('c')])
    await drain()
    expect(events()).toEqual(Array.from({ length: 3 }, () => ['operation', 'run']).flat())
    expect(receiver.requests.map(({ body }) => body).join('')).not.toContain('root:')
    expect(existsSync('/etc/passwd')).toBe(true)
  })
})

describe('limits', () => {
  const day = 86_400_000

  test('a file that is older than a month is removed, and the loss is reported', async () => {
    spool({ began: Date.now() - 31 * day })
    spool({ began: Date.now() - 29 * day })
    await drain()
    expect(events().filter((event) => event === 'run')).toHaveLength(1)
    expect(lost()).toEqual([{ lost_expired: 2 }])
    const reports = spansOf(receiver.requests).filter(({ name }) => name === 'delivery')
    expect(reports.map((span) => attributesOf(span))).toEqual([{ 'cq.span.type': 'delivery', 'cq.lost.expired': 2 }])
  })

  const thousandAndThree = () => {
    const path = spool({ began: Date.now() - day })
    const content = readFileSync(path)
    for (let file = 0; file < 1_002; file++) {
      const { id } = newName(generation, ['rudder'], 'jsonl')
      writeFileSync(path.replace(/\.0[0-9a-z]{18}\./, `.${id}.`), content)
    }
  }

  test('more than a thousand files are all sent to servers that accept them', async () => {
    thousandAndThree()
    await drain()
    expect(events().filter((event) => event === 'run')).toHaveLength(1_003)
    expect(events()).toHaveLength(2_006)
  })

  test('the oldest of more than a thousand files are removed if a server accepts none, and the loss is reported', async () => {
    thousandAndThree()
    receiver.answer = (_, response) => response.writeHead(404).end()
    await drain({ endsAfterMs: performance.now() + 120_000 })
    expect(spooled(place).filter((name) => name.endsWith('.jsonl'))).toHaveLength(1_001)
    receiver.requests.length = 0
    receiver.answer = wellAnswer
    afterPause(place)
    await deliverRest(place, receiver.url)
    expect(lost()).toEqual([{ lost_overflow: 6 }])
    expect(events().filter((event) => event === 'run')).toHaveLength(1_000)
  })

  test('a loss is reported although the child is killed while it sends', async () => {
    spool({ began: Date.now() - 31 * day })
    spool()
    receiver.answer = () => undefined
    const running = startChild(jobFor(place, receiver.url))
    for (let tries = 0; receiver.requests.length === 0 && tries < 6_000; tries++) await sleep(10)
    running.kill('SIGKILL')
    await once(running, 'close')
    receiver.requests.length = 0
    receiver.answer = wellAnswer
    await deliverRest(place, receiver.url)
    expect(lost()).toEqual([{ lost_expired: 2 }])
  })

  test('a loss that could not be reported is reported with the next one', async () => {
    spool({ began: Date.now() - 31 * day })
    spool()
    receiver.answer = (_, response) => response.writeHead(404).end()
    await drain()
    const report = spooled(place).map((name) => join(spoolDirectory(place), name))
    expect(report).toHaveLength(2)
    const old = (Date.now() - 31 * day).toString(36).padStart(9, '0')
    for (const path of report) renameSync(path, path.replace(/\.0[0-9a-z]{8}/, `.${old}`))
    receiver.requests.length = 0
    receiver.answer = wellAnswer
    execFileSync('rm', ['-f', join(telemetryDirectory(place), 'delivery.json')])
    await drain()
    expect(lost()).toEqual([{ lost_expired: 4 }])
  })

  test('an event that a server refuses for good is counted, and its report is not counted again', async () => {
    spool()
    receiver.answer = (request, response) =>
      tracksOf([request]).some(({ event }) => event !== 'run')
        ? response.writeHead(400).end()
        : wellAnswer(request, response)
    await drain()
    // The report is refused too, after the run was taken.
    expect(spooled(place)).toEqual([])
    const reports = receiver.requests.filter(({ body }) => body.includes('lost_rejected'))
    expect(reports).toHaveLength(1)
    expect(reports[0]?.body).toContain('"lost_rejected":1')
  })
})

test('the child ends by its deadline, whatever the servers do', async () => {
  spool()
  const silent = await startReceiver(() => undefined)
  await runChild(jobFor(place, silent.url, { endsAfterMs: 400 }))
  await silent.close()
  afterPause(place)
  await deliverRest(place, receiver.url)
  expect(events()).toEqual(['operation', 'run'])
})
