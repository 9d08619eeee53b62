import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, test } from 'vitest'
import { formatName, newName } from '../../src/spool/name.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import { sawNotice } from '../support/spool.ts'

/** Every file that is read is a regular one, and is read up to a bound: nothing else holds a command, or fills its memory. */

const place = usePlace()
const receiver = useReceiver()
const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/command/main.js')

/** What reads a file without these bounds, and why it may. */
const reasons: Readonly<Record<string, string>> = {
  'src/deliver/main.ts readFileSync': 'standard input, on which the command that started the child has put the job',
  'src/instrument.ts readFileSync': "the package's own program",
  'src/launch/child-file.ts readFileSync':
    'bounded, and of a regular file; also in an archive, whose loader has replaced fs',
  'src/machine/container.ts readFileSync': '/proc, which the system writes',
  'src/machine/terminal.ts openSync': 'the terminal, of which a line is read',
  'src/machine/terminal.ts readFileSync': '/proc, which the system writes',
  'src/launch/process.ts readFileSync': '/proc, which the system writes',
  'src/launch/process.ts openSync': 'the null device, which nobody reads',
  'src/machine/read-file.ts openSync': 'the bounded read itself',
  'src/machine/write-file.ts openSync': 'writes to files',
  'src/machine/ids.ts openSync': '/dev/urandom, of which 4 kB are read',
  'src/inspect/log.ts openSync': 'opens a regular file to append to it',
  'src/report/questions.ts readFileSync': "the package's own SQL",
  'src/spool/lines.ts openSync': 'bounded, and of a regular file',
  'src/spool/owner.ts readFileSync': '/proc and /etc/machine-id, which the system writes',
  'src/command/project-files.ts openSync': 'creates a file',
  'src/collector/build.ts readFileSync': "the package's own list of modules",
  'src/collector/countries.ts readFileSync': 'the database of countries, an installed package',
  'src/collector/script.ts readFileSync': "the package's own configuration",
  'src/collector/truncated-line.ts openSync': 'a file of the operator, of which the end is read',
  'src/symbolicate/crashes.ts createReadStream': 'files that the operator names, line by line',
  'src/testing/capture.ts readFileSync': 'the log that the captured program has just written into a folder of the test',
  'src/testing/laboratory.ts readFileSync': 'what the compared program has just written into folders of the test',
  'src/testing/telemetry-files.ts readFileSync': 'the same',
  'src/testing/preload-command.ts openSync': "in place of the compared program's own",
  'src/testing/preload-random.ts openSync': "in place of the compared program's own",
  'src/testing/preload-records.ts openSync': 'creates a file in a folder of the test',
  'src/testing/preload-records.ts readFileSync': 'the settings that the test has just written',
  'src/testing/raw-keys.ts readFileSync': "the author's own sources, in a test",
}

test('every other read of a file is listed', () => {
  const found = new Set<string>()
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((name) => join('src', String(name)))
  for (const file of sources.filter((name) => /\.tsx?$/.test(name)))
    new Visitor({
      CallExpression: ({ callee }) => {
        const named = callee.type === 'MemberExpression' ? callee.property : callee
        const name = named.type === 'Identifier' ? named.name : ''
        if (/^(?:readFileSync|createReadStream|openSync|openAsBlob|opendir)$/.test(name)) found.add(`${file} ${name}`)
      },
    }).visit(parseSync(file, readFileSync(join(root, file), 'utf8')).program)
  expect([...found].sort()).toEqual(Object.keys(reasons).sort())
})

const sparse = (path: string): void => {
  const descriptor = openSync(path, 'w', 0o600)
  ftruncateSync(descriptor, 400_000_000)
  closeSync(descriptor)
}
const kinds: Readonly<Record<string, (path: string) => void>> = {
  'a FIFO': (path) => void execFileSync('mkfifo', [path]),
  'a directory': (path) => mkdirSync(path),
  '400 MB': sparse,
  'a link to a device without an end': (path) => symlinkSync('/dev/zero', path),
}

const inHome = (...path: string[]) => join(place.home, '.cq', ...path)
const command = (...args: string[]) => run(process.execPath, ['--max-old-space-size=200', main, ...args], place)
const host = () => runFixture('fetch.mjs', place, { CI: 'true', RUDDER_URL: receiver.url, DELIVERY: 'manual' })

interface Case {
  readonly path: () => string
  readonly use: () => Promise<{ readonly code: number | null }>
}
const spoolFile = formatName(newName('0123456789abcdef', ['rudder'], 'jsonl'))
const ofTheTool = [
  'consent.json',
  'notice',
  'secret',
  'crashed',
  'delivery.json',
  'draining',
  'started',
  `spool/${spoolFile}`,
]
const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    ofTheTool.flatMap((name) => [
      [`${name}, by a run`, { path: () => inHome('telemetry', name), use: host }],
      [
        `${name}, by flush`,
        { path: () => inHome('telemetry', name), use: () => command('flush', '--otlp-endpoint', receiver.url) },
      ],
    ]),
  ),
  'the choice, by status': { path: () => inHome('telemetry/consent.json'), use: () => command('status') },
  'the delivery state, by doctor': { path: () => inHome('telemetry/delivery.json'), use: () => command('doctor') },
  'the random id, by a run': { path: () => inHome('telemetry-random-id'), use: host },
  'the random id, by id': { path: () => inHome('telemetry-random-id'), use: () => command('id') },
  'a log, by view': { path: () => join(place.cwd, 'log'), use: () => command('view', 'log') },
  'the log, by view': { path: () => join(place.cwd, 'cloudquery.log'), use: () => command('view') },
  'the spool, by view': { path: () => inHome('telemetry/spool', spoolFile), use: () => command('view', '--spool') },
  'the spool, by spool list': { path: () => inHome('telemetry/spool', spoolFile), use: () => command('spool', 'list') },
  'a key, by flush': {
    path: () => join(place.cwd, 'key'),
    use: () => command('flush', '--rudder-url', receiver.url, '--write-key-file', 'key'),
  },
  'a package.json, by init': { path: () => join(place.cwd, 'package.json'), use: () => command('init') },
}

describe.each(Object.entries(kinds))('%s', (_, make) => {
  test.each(Object.entries(cases))('as %s ends the command soon', async (__, { path, use }) => {
    sawNotice(place)
    mkdirSync(dirname(path()), { recursive: true })
    rmSync(path(), { force: true })
    make(path())
    const { code } = await use()
    expect([0, 1, 2]).toContain(code)
  })
})

describe('a collector’s certificate', () => {
  test.each(Object.entries(kinds))('as %s blocks no child', async (_, make) => {
    sawNotice(place)
    const path = join(place.cwd, 'ca.pem')
    make(path)
    const { code } = await run(process.execPath, [main, 'flush', '--timeout', '20'], place, {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_CERTIFICATE: path,
    })
    expect(code).toBe(0)
  })
})

test('endless standard input is bounded', async () => {
  const line = `head -c 300000000 /dev/zero | "${process.execPath}" "${main}" view -`
  const { code, stderr } = await run('bash', ['-c', line], place)
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/there is more than 256 MB|cannot be read/) as string,
  })
})
