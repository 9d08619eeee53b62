import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { ensureChoice } from '../../src/consent/choice.ts'
import { formatName, newName } from '../../src/spool/name.ts'
import { troubles } from '../support/networks.ts'
import { type Ended, newPlace, type Place, run, runFixture } from '../support/program.ts'
import { type Receiver, spansOf, startReceiver, tracksOf } from '../support/receiver.ts'
import { consentFile, deliverRest, files, sawNotice, spoolDirectory } from '../support/spool.ts'
import { calls, counts, parsers, surroundings } from '../support/vector-places.ts'
import { searchFor, seed, type Vector, vectorsFor } from '../support/vectors.ts'

/**
 * Secrets of each format in real processes: in every call, in what is around the process, and on its command line. All
 * that leaves and all that is shown is searched for each, plain and encoded.
 */

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const places: Place[] = []
afterEach(() => {
  for (const place of places.splice(0)) place.remove()
})
/** A home of which the notice was shown. */
const home = (): Place => {
  const place = newPlace()
  places.push(place)
  sawNotice(place)
  return place
}
const put = (place: Place, name: string, content: unknown): string => {
  const path = join(place.cwd, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}
const textsOf = (vectors: readonly Vector[]) => vectors.map(({ text }) => text)

const everyFourth = <T>(all: readonly T[], from: number) => all.filter((_, at) => (at + from) % 4 === 0)

/** Every file below a directory, with its name; but for those that the test has put there. */
const filesBelow = (directory: string, but: readonly string[] = []): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile() && !but.includes(entry.name))
    .map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), 'latin1')}`)
    .join('\n')

/** What arrived, with its headers. */
const arrived = ({ requests }: Receiver): string => JSON.stringify(requests)

const saidBy = (...ended: readonly Ended[]): string => ended.map(({ stdout, stderr }) => stdout + stderr).join('\n')

/** What the command shows of a file, or of the spool: in the terminal and as a page. */
const shownBy = async (place: Place, args: readonly string[]): Promise<string> => {
  const page = join(place.cwd, 'page.html')
  const forms = [['--all'], ['--html', page]]
  const shown = await Promise.all(forms.map((form) => run(process.execPath, [main, 'view', ...args, ...form], place)))
  expect(shown.map(({ code }) => code)).toEqual([0, 0])
  return saidBy(...shown) + readFileSync(page, 'utf8')
}

const receivers: Receiver[] = []
afterAll(() => Promise.all(receivers.map((each) => each.close())))
const receive = async (): Promise<Receiver> => {
  const receiver = await startReceiver()
  receivers.push(receiver)
  return receiver
}

const { formats, inProcesses, inSurroundings, inParsers } = counts
const times = inProcesses + inSurroundings + inParsers
describe(`of secrets of ${formats} formats, planted ${times} times (seed ${seed})`, () => {
  test('none leaves a process through a call', async () => {
    const [place, receiver] = [home(), await receive()]
    // All of them are in the recorder's own test; here each call gets every fourth format, beginning with another.
    const planted = calls.map(([input], at) => [input, everyFourth(vectorsFor(input), at)] as const)
    const vectors = planted.flatMap(([, each]) => each)
    const file = put(place, 'texts.json', Object.fromEntries(planted.map(([input, each]) => [input, textsOf(each)])))
    const env = { RUDDER_URL: receiver.url, CQ_DEBUG_TELEMETRY: '1' }
    const sent = await runFixture('vectors-calls.mjs', place, { ...env, DELIVERY: 'manual' }, [file])
    const disk = filesBelow(join(place.home, '.cq'))
    await deliverRest(place, receiver.url)
    const inspected = await runFixture('vectors-calls.mjs', place, env, [file, '--inspect-telemetry'])
    const log = await shownBy(place, ['cloudquery.log'])
    expect([sent.code, inspected.code]).toEqual([0, 0])
    expect(vectors.length * 2).toBeGreaterThanOrEqual(counts.inProcesses)
    expect(spansOf(receiver.requests).length).toBeGreaterThan(vectors.length)
    expect(tracksOf(receiver.requests).some(({ event }) => event === 'crash')).toBe(true)
    const written = filesBelow(place.cwd, ['texts.json'])
    const search = searchFor(vectors)
    expect(search([disk, arrived(receiver), saidBy(sent, inspected), written, log].join('\n'))).toEqual([])
  })

  /** A case for each format, with a vector of it in each of the surroundings. */
  const around = (place: Place) => {
    const choice = ensureChoice(consentFile(place))
    const generation = 'generation' in choice ? choice.generation : ''
    const planted = surroundings.map((input) => [input, vectorsFor(input)] as const)
    const cases = Array.from({ length: counts.formats }, (_, index) => ({
      ...Object.fromEntries(planted.map(([input, vectors]) => [input, vectors[index]?.text])),
      spoolFile: formatName(newName(generation, ['rudder', 'otlp'], 'jsonl')),
    }))
    return { vectors: planted.flatMap(([, vectors]) => vectors), cases, files: cases.map(({ spoolFile }) => spoolFile) }
  }

  /** All spools of the cases, as one. */
  const collect = (place: Place, but: readonly string[] = []) => {
    const target = spoolDirectory(place)
    mkdirSync(target, { recursive: true })
    const below = join(place.home, 'homes')
    for (const entry of readdirSync(below, { recursive: true, withFileTypes: true, encoding: 'utf8' }))
      if (entry.isFile() && basename(entry.parentPath) === 'spool' && !but.includes(entry.name))
        renameSync(join(entry.parentPath, entry.name), join(target, entry.name))
  }

  test('none leaves a process from its surroundings', async () => {
    const [place, receiver] = [home(), await receive()]
    const { vectors, cases, files: planted } = around(place)
    expect(vectors.length + surroundings.length * Math.ceil(counts.formats / 4)).toBe(counts.inSurroundings)
    const file = put(place, 'cases.json', cases)
    const env = { RUDDER_URL: receiver.url, CQ_DEBUG_TELEMETRY: '1' }
    const sent = await runFixture('vectors-around.mjs', place, env, [file])
    expect(sent.code).toBe(0)
    collect(place, planted)
    const spool = filesBelow(spoolDirectory(place)) + (await shownBy(place, ['--spool']))
    collect(place)
    await deliverRest(place, receiver.url)
    expect(spansOf(receiver.requests).length).toBeGreaterThan(2 * counts.formats)
    expect(arrived(receiver)).toContain('unreadable')
    const fourth = put(place, 'fourth.json', everyFourth(cases, 0))
    const inspected = await runFixture('vectors-around.mjs', place, { ...env, INSPECT: '1' }, [fourth])
    const log = join(place.home, 'log')
    const shown = readFileSync(log, 'utf8') + (await shownBy(place, [log]))
    const search = searchFor(vectors)
    expect(search([spool, arrived(receiver), saidBy(sent, inspected), shown].join('\n'))).toEqual([])
  })

  test.each(parsers)('none leaves from the command line of a tool of %s', async (framework) => {
    const [place, receiver] = [home(), await receive()]
    const [values, options] = [vectorsFor('argument'), vectorsFor('unknown option')]
    expect(parsers.length * (values.length + options.length)).toBe(counts.inParsers)
    const file = put(place, 'texts.json', { arguments: textsOf(values), options: textsOf(options) })
    const env = { RUDDER_URL: receiver.url, CQ_DEBUG_TELEMETRY: '1' }
    const ended = await runFixture('vectors-parsers.mjs', place, env, [framework, file])
    expect(ended.code).toBe(0)
    const disk = filesBelow(join(place.home, '.cq'))
    await deliverRest(place, receiver.url)
    expect(tracksOf(receiver.requests).length).toBeGreaterThan(counts.formats)
    // What a parser says of a wrong option is the host's own: only what we say is searched.
    const ours = ended.stderr.split('\n').filter((line) => line.startsWith('cq-telemetry'))
    expect(searchFor([...values, ...options])([disk, arrived(receiver), ...ours].join('\n'))).toEqual([])
  })

  test('none is in the arguments, the environment and the job of the child', async () => {
    const [place, silent] = [home(), await troubles['accepted and silent']()]
    const inputs = ['argument', 'value of a variable', 'name of a variable', 'message of an error'] as const
    const planted = inputs.map((input) => vectorsFor(input))
    const [values = [], variables = [], names = [], messages = []] = planted.map(textsOf)
    const file = put(place, 'texts.json', { 'message of an error': messages })
    const env = {
      ...Object.fromEntries(variables.map((text, index) => [`A_SECRET_${index}`, text])),
      ...Object.fromEntries(names.map((text) => [text.replaceAll('=', '_'), '1'])),
    }
    await runFixture('vectors-calls.mjs', place, { ...env, RUDDER_URL: silent.url, DELIVERY: 'detached' }, [
      file,
      ...values,
    ])
    const { drainLock } = files(place)
    await vi.waitUntil(() => existsSync(drainLock), 60_000)
    const child = `/proc/${readFileSync(drainLock, 'utf8').split('-')[0]}`
    const visible = ['cmdline', 'environ', 'fd/0'].map((name) => readFileSync(join(child, name), 'latin1')).join('\n')
    process.kill(Number(basename(child)), 'SIGKILL')
    await silent.close()
    expect(visible).toContain('CQ_TELEMETRY_CHILD')
    expect(visible).toContain('the-write-key')
    expect(searchFor(planted.flat())(visible)).toEqual([])
  })
})
