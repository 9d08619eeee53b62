import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { filesAt } from './files.ts'
import { answers } from './database.ts'
import { asPage } from './page.ts'
import { asText } from './terminal.ts'

/** `npm run report -- FILE…` */

interface Options {
  readonly html?: string
  readonly json?: boolean
}

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text === '' ? '' : `report: ${text} …`}`)
}

const coloured = (): boolean => process.stdout.isTTY === true && !process.env['NO_COLOR']

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new Error(`${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no code'})`, {
      cause: error,
    })
  }
}

const report = async (patterns: readonly string[], { html, json }: Options): Promise<void> => {
  const files = patterns.flatMap(filesAt)
  const all = await answers(files, progress)
  progress('')
  if (all.every(({ question, rows }) => question === 'completeness' || rows.length === 0)) {
    throw new Error('there is no run of a tool in these files: give files that a collector has written (to/file.yaml)')
  }
  if (html !== undefined) write(html, asPage(all, new Date()))
  if (json)
    console.log(
      JSON.stringify(
        all.map(({ question, columns, rows }) => ({ question, columns, rows })),
        undefined,
        1,
      ),
    )
  else console.log(asText(all, coloured()))
  if (html !== undefined) console.error(`report: written to ${html}`)
}

const program = new Command('npm run report --')
  .description('Count users, invocations, versions and failures in files of OTLP lines.')
  .argument('<file...>', 'files that a collector has written, or folders of them')
  .option('--html <file>', 'also write a page with charts')
  .option('--json', 'print JSON in the place of tables')
  .addHelpText('after', '\nExample:\n  $ npm run report -- collector-data/spans --html report.html')
  .action(report)

try {
  await program.parseAsync()
} catch (error) {
  progress('')
  console.error(`report: ${(error as Error).message}`)
  process.exitCode = 1
}
