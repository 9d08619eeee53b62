import { beforeAll, describe, expect, test } from 'vitest'
import { newPlace, runFixture } from '../support/program.ts'

/** What a parser takes as a no is a no, and what it takes as inspect is inspect. The parsers themselves are asked. */

const values = ['true', 'false', 'no', '0', 'yes', 'FALSE', '']
/** With a value, behind `=` and as an argument of its own. */
const names = ['--no-telemetry', '--noTelemetry', '--telemetry', '--inspect-telemetry', '--inspectTelemetry']
const others = [
  '--NO-TELEMETRY',
  '--No-Telemetry',
  '--no_telemetry',
  '--no-no-telemetry',
  '--no-tele',
  '-no-telemetry',
  '-T',
  '--no-inspect-telemetry',
  '--INSPECT-TELEMETRY',
  '--telemetry.x=false',
]
const spellings: string[][] = [
  [],
  ...others.map((name) => [name]),
  ...names.flatMap((name) => [[name], ['word', name, 'word'], ['--', name], ['--config', '--', name]]),
  ...names.flatMap((name) => values.flatMap((value) => [[`${name}=${value}`], [name, value]])),
  ...['--telemetry', '--telemetry=true', '--no-telemetry=false'].map((yes) => [yes, '--no-telemetry']),
  ['--inspect-telemetry=false', '--inspect-telemetry'],
  ['--no-telemetry', '--inspect-telemetry'],
]

const care = ['send', 'inspect', 'off'] as const
type Done = (typeof care)[number]
interface Result {
  readonly parser: Done | 'rejected'
  readonly run: Done
}

describe.each(['commander', 'yargs', 'citty', 'oclif', 'cac', 'clipanion', 'stricli', 'main'])('%s', (framework) => {
  // Of `main` the strict parser is parseArgs(), and the loose one is minimist, of which instrumentMain() knows nothing.
  describe.each(['strict', 'loose'])('%s', (strictness) => {
    let results: (Result & { readonly argv: readonly string[] })[]
    beforeAll(async () => {
      const args = [framework, strictness, JSON.stringify(spellings)]
      const place = newPlace()
      const { code, stdout } = await runFixture('spellings.mjs', place, { CI: 'true' }, args)
      place.remove()
      if (code !== 0) throw new Error(`the program ended with ${String(code)}`)
      results = (JSON.parse(stdout) as Result[]).map((result, at) => ({ ...result, argv: spellings[at] ?? [] }))
    })
    const accepted = () => results.filter(({ parser }) => parser !== 'rejected')

    test('a run is off whenever its parser says so', () => {
      const lessOff = accepted().filter(({ parser, run }) => care.indexOf(run) < care.indexOf(parser as Done))
      expect(lessOff).toEqual([])
      expect(new Set(accepted().map(({ parser }) => parser))).toEqual(new Set(care))
    })

    test('a run is sent without a flag, and with a flag after --', () => {
      const runs = accepted().filter(({ argv }) => argv.length === 0 || argv[0] === '--')
      expect(runs.map(({ run }) => run)).toEqual(runs.map(() => 'send'))
      expect(runs).not.toEqual([])
    })
  })
})
