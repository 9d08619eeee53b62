import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPlace, run } from './support/program.ts'
import { usePlace } from './support/place.ts'

/** The code of the documentation compiles, runs where it is a whole program, and names commands and options that there are. */

const root = new URL('..', import.meta.url).pathname
// The pages in docs/api are made of the sources.
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((page) =>
  page.endsWith('.md'),
)
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

interface Block {
  readonly page: string
  readonly line: number
  /** What is written in JavaScript is only parsed. */
  readonly language: string
  readonly code: string
}
const blocks: Block[] = pages.flatMap((page) =>
  [...textOf(page).matchAll(/^```(ts|js)\n([^]*?)^```$/gm)].map(({ index, 1: language = '', 2: code = '' }) => ({
    page,
    line: textOf(page).slice(0, index).split('\n').length,
    language,
    code,
  })),
)
const nameOf = ({ page, line }: Block): string => `${page.replaceAll(/\W/g, '-')}-${line}`

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cq-blocks-'))
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'reader', type: 'module' }))
})
afterAll(() => rmSync(directory, { recursive: true }))

test('each block compiles, together with the code that the page leaves to the reader', async () => {
  const folder = join(directory, 'types')
  mkdirSync(folder)
  for (const block of blocks)
    writeFileSync(join(folder, `${nameOf(block)}.${block.language}`), `${block.code}\nexport {}\n`)
  writeFileSync(join(folder, 'main.ts'), 'export {}\n')
  writeFileSync(join(folder, 'globals.d.ts'), readFileSync(join(root, 'test/fixtures/docs/globals.d.ts.txt')))
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noEmit: true,
    allowJs: true,
    skipLibCheck: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.js'] }))
  const at = { ...newPlace(), cwd: folder }
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  expect((await run(process.execPath, [tsc, '-p', '.'], at)).stdout).toBe('')
  expect(blocks.length).toBeGreaterThan(25)
})

/** What stands for the reader's program in those that are whole. */
const prelude = `
const { buildApplication, buildCommand, buildRouteMap } = await import('@stricli/core')
const { Command } = await import('clipanion')
class Build extends Command {
  static paths = [['build']]
  execute = async () => build()
}
const build = () => console.log('built')
const command = buildCommand({ func: build, parameters: {}, docs: { brief: 'b' } })
const app = buildApplication(buildRouteMap({ routes: { build: command }, docs: { brief: 'm' } }), { name: 'mytool' })
const options = { app: { name: 'mytool', version: '1.2.3' }, otlp: { endpoint: 'http://127.0.0.1:9' } }
Object.assign(globalThis, { version: '1.2.3', options, build, Build, app, main: build, fetch: build })
`
const place = usePlace()
const whole = blocks.filter(
  ({ code }) => /instrument\w+\(/.test(code) && /parse|runMain|runExit|\brun\(|instrumentMain\(/.test(code),
)

describe('each whole program', () => {
  beforeAll(() => writeFileSync(join(directory, 'globals.mjs'), prelude))

  test.each(whole.map((block) => [nameOf(block), block] as const))('%s runs and is recorded', async (name, block) => {
    const { code } = await transform(block.code, { loader: 'ts', format: 'esm' })
    writeFileSync(join(directory, `${name}.mjs`), `import './globals.mjs'\n${code}`)
    const args = block.code.includes('parseArgs(') ? [] : ['build']
    const ended = await run(process.execPath, [join(directory, `${name}.mjs`), ...args, '--inspect-telemetry'], place)
    expect(ended).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(ended.stderr).toMatch(/^└─ (?:build|mytool) /m)
  })

  test('exists for each framework', () => {
    expect(whole.length).toBeGreaterThanOrEqual(8)
  })
})

const main = join(root, 'dist/command/main.js')
const helpOf = async (words: readonly string[]) => {
  const { stdout } = await run(process.execPath, [main, ...words, '--help'], place)
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option)
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?=[ |])/gm)].map(([, command = '']) => command)
  return { stdout, options, commands: stdout.includes('\nCommands:') ? commands : [] }
}

/** The options of a command and of those below it. */
const helpWithParts = async (command: string) => {
  const own = await helpOf([command])
  const parts = await Promise.all(own.commands.filter((part) => part !== 'help').map((part) => helpOf([command, part])))
  return { ...own, options: [own, ...parts].flatMap(({ options }) => options) }
}

/** The words of a command line that is ours, up to the program that `exec` runs, a comment or the end of the quotation. */
const ours = /(?<![\w/.'"@-])(?:npx )?(?:cq-telemetry|mytool telemetry) ([a-z-][^`"'\n|)]*)/g
const wordsOf = (line: string): string[] => (line.split(/ {2,}| -- |[;,…]|\. /)[0] ?? '').trim().split(/\s+/)

test('each command line in the documentation and the help exists', async () => {
  const program = await helpOf([])
  expect(program.commands).toContain('status')
  const helps = new Map<string, Awaited<ReturnType<typeof helpOf>>>()
  for (const command of program.commands.filter((each) => !['help', 'completion', 'complete'].includes(each)))
    helps.set(command, await helpWithParts(command))
  const texts = [...pages.map(textOf), program.stdout, ...[...helps.values()].map(({ stdout }) => stdout)]
  const lines = texts.flatMap((text) =>
    [...text.matchAll(/`([^`\n]+)`|^(?: {4}| {2}\$ )(.*)$/gm)].flatMap(([, quoted, indented]) =>
      [...(quoted ?? indented ?? '').matchAll(ours)].map(([, words = '']) => words),
    ),
  )
  const wrong = lines.filter((line) => {
    const words = wordsOf(line).filter((word) => word !== '')
    const options = words.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*|[\]}]$/g, ''))
    const command = words.find((word) => program.commands.includes(word))
    const known = [...program.options, ...(command ? (helps.get(command)?.options ?? []) : [])]
    // `--tool mytool …` leaves the command to the reader.
    const isCommand = command !== undefined || /^--tool mytool …$/.test(line)
    return !isCommand || options.some((option) => !known.includes(option))
  })
  expect(wrong).toEqual([])
  expect(lines.length).toBeGreaterThan(40)
})
