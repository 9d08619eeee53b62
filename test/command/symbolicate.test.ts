import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { layOut } from '../../src/command/layout.ts'
import { asIssue, asText } from '../../src/symbolicate/text.ts'
import { withinOneDay } from '../support/one-day.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { deliverRest, sawNotice } from '../support/spool.ts'

/** Crashes of a real bundle, as they arrive, lead to the lines of its source. */

withinOneDay()

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const entry = new URL('../../dist/index.js', import.meta.url).pathname

/** The faults are in lines 4 and 5 of a file of the source, far from where the bundle has them. */
const rows = `export interface Row { readonly name: string }

export const lengthOf = (row: Row | undefined): number => {
  if (!row) throw new TypeError('there is a secret in this message')
  return row.name.length
}
`
const cli = `import { instrument } from ${JSON.stringify(entry)}
import { readFileSync } from 'node:fs'
import { lengthOf } from './rows'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const telemetry = instrument({
  app: { name: 'cloudquery', version },
  otlp: { endpoint: process.env.OTLP_URL! },
  publicNames: { operations: ['fetch'], packages: ['crashy'] },
  sendInDevelopment: true,
  delivery: 'inline',
})
await telemetry.operation('fetch', async () => lengthOf(process.env.ROW as never))
`

type Kind = 'linked' | 'inline' | 'external'

/** A package with a bundle, as it would be published: without its source. */
const bundled = async (root: string, version: string, sourcemap: Kind, keepSource = false): Promise<string> => {
  const source = join(root, 'src')
  for (const directory of [source, join(root, 'dist')]) mkdirSync(directory, { recursive: true })
  writeFileSync(join(source, 'rows.ts'), rows)
  writeFileSync(join(source, 'cli.ts'), cli)
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'crashy', version, type: 'module' }))
  await build({
    entryPoints: [join(source, 'cli.ts')],
    outfile: join(root, 'dist/cli.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    external: [entry],
    sourcemap,
    sourcesContent: !keepSource,
  })
  if (!keepSource) rmSync(source, { recursive: true })
  return root
}

let receiver: Receiver
let place: Place
let work: string
/** What a collector would have written, a line for each request. */
let spans: string
beforeAll(async () => {
  receiver = await startReceiver()
  place = newPlace()
  work = place.cwd
  const users = [newPlace(), newPlace(), newPlace()]
  const old = await bundled(join(work, 'old'), '1.2.3', 'linked')
  const recent = await bundled(join(work, 'new'), '1.3.0', 'linked')
  const crash = async (user: Place, root: string, env: NodeJS.ProcessEnv = {}) => {
    sawNotice(user)
    const { code } = await run(process.execPath, [join(root, 'dist/cli.js')], user, { OTLP_URL: receiver.url, ...env })
    expect(code).toBe(1)
  }
  const [one, two, three] = users as [Place, Place, Place]
  for (const [user, root] of [
    [one, old],
    [one, old],
    [two, old],
    [two, recent],
    [three, recent],
  ] as const)
    await crash(user, root)
  for (const user of users) {
    await deliverRest(user, receiver.url)
    user.remove()
  }
  spans = join(work, 'spans.jsonl')
  const lines = receiver.requests.map(({ body }) => `${body.replaceAll(/"intValue":(\d+)/g, '"intValue":"$1"')}\n`)
  // A request that came twice, and what a kill leaves of a line.
  writeFileSync(spans, `${lines.join('')}${lines[0]}{"resourceSpans":[{"cq.crash.fingerprint`)
}, 120_000)
afterAll(async () => {
  await receiver.close()
  place.remove()
})

const symbolicate = (...args: string[]) => run(process.execPath, [main, 'symbolicate', ...args], place)
interface Output {
  readonly fingerprint: string
  readonly users: number
  readonly reports: number
  readonly versions: readonly { readonly version: string; readonly users: number; readonly reports: number }[]
  readonly framesOf: string
  readonly frames: readonly { readonly published: string; readonly source?: string; readonly text?: string }[]
}
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await symbolicate(spans, '--json', ...args)
  expect(code).toBe(0)
  return { faults: JSON.parse(stdout) as Output[], stderr }
}
const original = {
  source: 'src/rows.ts',
  line: 4,
  text: "if (!row) throw new TypeError('there is a secret in this message')",
}
const release = (name: string) => join(work, name)

describe('a fault of two releases', () => {
  test('is one fault, with its users and reports by version, and the lines of its source', async () => {
    const { faults, stderr } = await json('--release', release('old'), '--release', release('new'))
    expect(stderr).toBe('')
    expect(faults).toMatchObject([
      {
        users: 3,
        reports: 5,
        versions: [
          { version: '1.3.0', users: 2, reports: 2 },
          { version: '1.2.3', users: 2, reports: 3 },
        ],
        framesOf: '1.3.0',
      },
    ])
    const [frame, ...more] = faults[0]?.frames ?? []
    expect(frame).toMatchObject(original)
    expect(frame?.published).toMatch(/^crashy\/dist\/cli\.js:\d+:\d+$/)
    expect(more[0]).toMatchObject({ source: 'src/cli.ts', line: 13 })
  })

  test('has the frames of the given release, if only one is given', async () => {
    const { faults, stderr } = await json('--release', release('old'))
    expect(faults[0]).toMatchObject({ framesOf: '1.2.3' })
    expect(faults[0]?.frames[0]).toMatchObject(original)
    expect(stderr).toBe('')
  })

  test('is printed as text, and as an issue', async () => {
    const args = [spans, '--release', release('new')]
    const { stdout } = await symbolicate(...args)
    expect(stdout).toMatch(/^TypeError in fetch: 3 users, 5 reports, \d{4}-\d\d-\d\d\n/)
    expect(stdout).toMatch(/^ {4}src\/rows\.ts:4:\d+ +if \(!row\) throw new TypeError/m)
    const issue = (await symbolicate(...args, '--issue')).stdout
    expect(issue).toMatch(/^# TypeError in fetch at src\/rows\.ts:4\n/)
    expect(issue).toContain('| 1.3.0 | 2 | 2 |\n| 1.2.3 | 2 | 3 |\n')
    expect(issue).toMatch(/^```\nsrc\/rows\.ts:4:\d+ /m)
  })

  test('is found in standard input', async () => {
    const command = `"${process.execPath}" "${main}" symbolicate - --release "${release('old')}" < "${spans}"`
    expect((await run('sh', ['-c', command], place)).stdout).toContain('src/rows.ts:4')
  })
})

describe('a source map', () => {
  /** The same release with another map, or another place of it. */
  const changed = async (name: string, kind: Kind, change: (map: string, root: string) => void = () => undefined) => {
    const root = await bundled(release(name), '1.3.0', kind)
    change(join(root, 'dist/cli.js.map'), root)
    return root
  }
  const rewrite = (edit: (map: Record<string, unknown>) => unknown) => (path: string) =>
    writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)))

  test.each([
    ['in the file', 'inline', undefined],
    ['that no comment names, beside the file', 'external', undefined],
    [
      'with sections',
      'linked',
      rewrite((map) => ({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map }] })),
    ],
  ] as const)('%s leads to the line', async (name, kind, change) => {
    const root = await changed(name.replaceAll(' ', '-'), kind, change)
    expect((await json('--release', root)).faults[0]?.frames[0]).toMatchObject(original)
  })

  test('in the archive of a package finds the line', async () => {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: release('new') })
    expect((await json('--release', join(work, 'crashy-1.3.0.tgz'))).faults[0]?.frames[0]).toMatchObject(original)
  })

  test('without the source finds the source in the release', async () => {
    const root = await bundled(release('with-source'), '1.3.0', 'linked', true)
    expect((await json('--release', root)).faults[0]?.frames[0]).toMatchObject(original)
  })

  test.each([
    ['that is missing', (path: string) => rmSync(path), /has no source map of dist\/cli\.js/],
    ['that is no JSON', (path: string) => writeFileSync(path, '{'), /dist\/cli\.js\.map in .* is not a source map/],
    ['that is JSON of another kind', (path: string) => writeFileSync(path, '[1]'), /is not a source map/],
    ['with broken mappings', rewrite((map) => ({ ...map, mappings: '!!' })), /is not a source map/],
    ['with sources that are none', rewrite((map) => ({ ...map, sources: 7 })), /is not a source map/],
    [
      'that is a link out of the release',
      (path: string) => {
        rmSync(path)
        symlinkSync(join(release('old'), 'dist/cli.js.map'), path)
      },
      /has no source map/,
    ],
    [
      'that the comment names out of the release',
      (path: string) => {
        rmSync(path)
        appendFileSync(join(dirname(path), 'cli.js'), '\n//# sourceMappingURL=../../old/dist/cli.js.map\n')
      },
      /has no source map/,
    ],
    [
      'of a file that is not there',
      (path: string) => rmSync(join(dirname(path), 'cli.js')),
      /has no file dist\/cli\.js/,
    ],
  ])('%s is said in a line, and the frame stays as it is', async (name, change, says) => {
    const { faults, stderr } = await json('--release', await changed(name.replaceAll(' ', '-'), 'linked', change))
    expect(stderr).toMatch(says)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(faults[0]?.frames[0]).toEqual({ published: expect.stringMatching(/^crashy\/dist\/cli\.js:/) as string })
  })

  const secret = 'a line of a file outside'
  test.each([
    ['above the release', '../../outside.ts', 'outside.ts'],
    ['of the machine of the build', '/home/builder/secret-project/src/rows.ts', 'src/rows.ts'],
    ['with a drive', 'C:\\Users\\builder\\src\\rows.ts', 'src/rows.ts'],
    ['as a URL of a file', 'file:///home/builder/src/rows.ts', 'src/rows.ts'],
    ['with the scheme of a bundler', 'webpack://crashy/./src/rows.ts', 'src/rows.ts'],
  ])('with a source %s shows the end of it, and reads nothing there', async (name, source, shown) => {
    writeFileSync(join(work, 'outside.ts'), `${secret}\n`.repeat(9))
    const root = await changed(
      name.replaceAll(' ', '-'),
      'linked',
      rewrite((map) => ({
        ...map,
        sources: (map['sources'] as string[]).map((each) => (each.endsWith('rows.ts') ? source : each)),
        sourcesContent: undefined,
      })),
    )
    const { faults } = await json('--release', root)
    expect(faults[0]?.frames[0]?.source).toBe(shown)
    expect(JSON.stringify(faults)).not.toContain(secret)
    expect(JSON.stringify(faults)).not.toContain('builder')
  })
})

describe.each([40, 60, 80, 120])('on a terminal of %d columns', (width) => {
  const frame = (published: string, text: string) => ({
    published,
    original: { source: published, line: 12, column: 7, text },
  })
  const crash = {
    version: '1.3.0',
    errorType: 'TypeError',
    kind: 'uncaught',
    operation: 'fetch',
    causes: ['ECONNRESET', 'SomeOtherErrorOfThisTool'],
    frames: [],
    time: 1_790_000_000,
  }
  const versions = ['1.3.0', '2.0.0-beta.11'].map(
    (version) => [version, { version, users: new Set(['one', 'other']), reports: 1_234, latest: crash }] as const,
  )
  const fault = {
    fingerprint: 'de71aed0c5b3e0a1f5d2a9d6f4a0b6d7c4a8e2f1',
    versions: new Map(versions),
    first: 0,
    last: crash.time,
  }
  const frames = [
    frame(
      'src/rows.ts',
      "if (!row)  throw new TypeError('there is no row in the answer of this provider, which is odd')",
    ),
    frame(`src/${'deep/'.repeat(14)}cli.ts`, 'await telemetry.operation("fetch", async () => lengthOf(row))'),
    { published: 'node:internal/modules/run_main:117:5' },
  ]

  test.each([
    ['the list', asText([{ fault, crash, frames }])],
    ['the text of an issue', asIssue({ fault, crash, frames })],
  ])('no word of %s is broken or left out', (_, text) => {
    const words = (lines: string): string[] => lines.split(/\s+/).filter(Boolean)
    const shown = layOut(text, width)
    expect(words(shown)).toEqual(words(text))
    for (const line of shown.split('\n')) expect(line.length <= width || words(line).length === 1, line).toBe(true)
  })
})

describe('a problem is reported:', () => {
  test.each([
    ['a release that is not there', ['--release', 'nowhere'], /nowhere is not there/],
    ['a folder that is none', ['--release', '.'], /\. has no package\.json with a name and a version/],
    ['a file that is no archive', ['--release', 'spans.jsonl'], /spans\.jsonl is not an archive of a package/],
    ['a fingerprint that no crash has', ['--fingerprint', 'zzz'], /no crash whose fingerprint begins with zzz/],
  ])('%s', async (_, args, says) => {
    const { code, stderr } = await symbolicate(spans, ...args)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) as string })
  })

  test('no crash in the files, and no release of the version', async () => {
    writeFileSync(join(work, 'empty.jsonl'), '{}\n')
    expect((await symbolicate('empty.jsonl')).stderr).toMatch(/there is no crash report in these files/)
    const { code, stdout, stderr } = await symbolicate(spans)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'symbolicate: no release of version 1.3.0 is given: name it by --release\n',
    })
    expect(stdout).toMatch(/^ {4}crashy\/dist\/cli\.js:\d+:\d+$/m)
  })
})
