import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { frameworks } from '../../src/command/init-recipes.ts'
import { setupOf } from '../../src/command/init-setup.ts'
import { usersPage } from '../../src/command/init-page.ts'
import { run } from '../support/program.ts'
import { useDirectory, usePlace } from '../support/place.ts'

/** `init` in a project that somebody else has made. */

const place = usePlace()
const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/command/main.js')
const init = (...args: string[]) => run(process.execPath, [main, 'init', ...args], place)
const packageFile = (content: unknown) =>
  writeFileSync(join(place.cwd, 'package.json'), typeof content === 'string' ? content : JSON.stringify(content))
let elsewhere: string
useDirectory((path) => (elsewhere = path))

const marker = "globalThis.process.stdout.write('owned')"
const names = [
  `x'] }, y: ${marker}, z: { w: ['`,
  `x' + ${marker} + '`,
  `\\'; ${marker} //`,
  `\\\\'; ${marker} //`,
  `x\n${marker}\n//`,
  `x\r${marker}`,
  `x\u2028${marker}`,
  `x\u2029${marker}`,
  `*/ ${marker} /*`,
  `\${${marker}}`,
  `\`\${${marker}}\``,
  `"; ${marker} //`,
  `\\"`,
  `\\u0027; ${marker} //`,
  `</script><script>${marker}</script>`,
  '__proto__',
  'constructor',
  '\ud800',
  '\0',
]

/** The values of all strings in a program, and the names of what it calls. */
const stringsAndCalls = (text: string) => {
  const { program, errors } = parseSync('telemetry.mjs', text)
  expect(errors).toEqual([])
  const strings: string[] = []
  const calls: string[] = []
  JSON.stringify(
    program,
    (_, node: { type?: string; value?: unknown; callee?: { name?: string; type: string } } | null) => {
      if (node?.type === 'Literal' && typeof node.value === 'string') strings.push(node.value)
      if (node?.type === 'CallExpression') calls.push(node.callee?.name ?? node.callee?.type ?? '')
      return node
    },
  )
  return { strings, calls }
}

const project = {
  command: 'tool',
  name: 'tool',
  packageName: 'tool',
  endpoint: 'https://telemetry.example.org',
  language: 'esm',
  source: '.',
  endings: ['.mjs', '.mjs'],
  starts: [],
  missing: [],
} as const
const written = frameworks.flatMap((framework) =>
  (['esm', 'commonjs'] as const).map((language) => [framework, language] as const),
)
describe.each([[undefined, 'esm'] as const, ...written])('the file for %s as %s', (framework, language) => {
  const usual = stringsAndCalls(setupOf({ ...project, framework, language }).text).calls
  test.each([...names, ...names.map((name) => `https://x/${name}`)])('holds %j as a string', (text) => {
    const { strings, calls } = stringsAndCalls(
      setupOf({ ...project, framework, language, packageName: text, endpoint: text }).text,
    )
    expect(strings.filter((each) => each === text)).toHaveLength(2)
    expect(calls).toEqual(usual)
  })
})

test.each(names)('a package called %j runs nothing of its name, and puts no markup into the page', async (name) => {
  for (const content of [{ name }, { name: 'tool', bin: { [name]: 'x.js' } }, { name, bin: { tool: 'x.js' } }]) {
    packageFile({ version: '1.0.0', type: 'module', ...content })
    const { code, stdout, stderr } = await init('--force', '--endpoint', `https://x.example/'+${encodeURI(marker)}+'`)
    expect(stdout + stderr).not.toContain('\n    at ')
    if (code !== 0) continue
    const { strings } = stringsAndCalls(readFileSync(join(place.cwd, 'telemetry.mjs'), 'utf8'))
    expect(strings.some((each) => each.includes('telemetry'))).toBe(true)
    expect(readFileSync(join(place.cwd, 'TELEMETRY.md'), 'utf8')).not.toMatch(/<script|process\.stdout/)
  }
})

test('the page names the host of a hostile endpoint only as a host', () => {
  const page = usersPage({ ...project, framework: undefined, endpoint: 'https://x.example/<script>' })
  expect(page).not.toContain('<script>')
})

test.each([
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a number as name', '{"name":1}'],
  ['a list as name', '{"name":["x"]}'],
  ['null as bin', '{"name":"x","bin":null}'],
  ['a list as bin', '{"name":"x","bin":["a"]}'],
  ['a text as bin', '{"name":"x","bin":"a.js"}'],
  ['null as dependencies', '{"name":"x","dependencies":null}'],
  ['a text as dependencies', '{"name":"x","dependencies":"commander"}'],
  ['no JSON', '{'],
  ['nothing', ''],
  ['5 MB', ' '.repeat(5_000_000)],
])('a package.json that is %s ends in files or in one line', async (_, content) => {
  packageFile(content)
  const { code, stderr } = await init()
  expect([0, 2]).toContain(code)
  expect(stderr.split('\n').length).toBeLessThanOrEqual(2)
  expect(stderr).not.toMatch(/undefined|TypeError|Cannot/)
})

test('a package.json that is a FIFO or a directory is an error, and does not block the command', async () => {
  execFileSync('mkfifo', [join(place.cwd, 'package.json')])
  expect(await init()).toMatchObject({ code: 2 })
  rmSync(join(place.cwd, 'package.json'))
  mkdirSync(join(place.cwd, 'package.json'))
  expect(await init()).toMatchObject({ code: 2 })
})

describe('links', () => {
  const target = () => join(elsewhere, 'target')
  beforeEach(() => {
    packageFile({ name: 'tool', version: '1.0.0', type: 'module' })
    writeFileSync(target(), 'precious')
  })

  describe.each(['telemetry.mjs', 'TELEMETRY.md'])('%s', (name) => {
    const path = () => join(place.cwd, name)

    test.each([
      ['a link to a file', () => symlinkSync(target(), path())],
      ['a hard link to a file', () => linkSync(target(), path())],
      ['a link to nowhere', () => symlinkSync(join(elsewhere, 'new'), path())],
      ['a link to itself', () => symlinkSync(path(), path())],
      ['a link to a directory', () => symlinkSync(elsewhere, path())],
      ['a FIFO', () => execFileSync('mkfifo', [path()])],
    ])('as %s is not written through', async (_, make) => {
      make()
      expect((await init()).code).toBe(2)
      expect(readdirSync(elsewhere)).toEqual(['target'])
      const { code } = await init('--force')
      expect(code).toBe(0)
      expect(lstatSync(path()).isFile()).toBe(true)
      expect({ files: readdirSync(elsewhere), content: readFileSync(target(), 'utf8') }).toEqual({
        files: ['target'],
        content: 'precious',
      })
    })
  })

  test.each([
    ['src as a link out of the project', {}, 'src', () => elsewhere],
    ['src as a link to nowhere', {}, 'src', () => join(elsewhere, 'nowhere')],
    ['src/hooks as a link out of the project', { dependencies: { '@oclif/core': '*' } }, 'src/hooks', () => elsewhere],
  ])('%s gets no file', async (_, more, name, to) => {
    packageFile({ name: 'tool', version: '1.0.0', ...more })
    if (name !== 'src') mkdirSync(join(place.cwd, 'src'))
    symlinkSync(to(), join(place.cwd, name))
    await init('--force')
    expect(readdirSync(elsewhere)).toEqual(['target'])
  })

  test('init writes into src as a link within the project, and into a project behind a link', async () => {
    mkdirSync(join(place.cwd, 'lib'))
    symlinkSync('lib', join(place.cwd, 'src'))
    symlinkSync(place.cwd, join(elsewhere, 'project'))
    expect(await init(join(elsewhere, 'project'))).toMatchObject({ code: 0 })
    expect(existsSync(join(place.cwd, 'lib/telemetry.mjs'))).toBe(true)
  })

  test('a written file has the rights of a new file', async () => {
    await init()
    expect(lstatSync(join(place.cwd, 'TELEMETRY.md')).mode & 0o777).toBe(0o666 & ~process.umask())
    expect(readdirSync(place.cwd).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
