import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { nodeFlags } from '../../src/launch/child-command.ts'
import { newName } from '../../src/spool/name.ts'
import { startReceiver, wellAnswer } from '../../test/support/receiver.ts'
import { directory, type Home, milliseconds, newHome, usageOf } from '../processes.ts'
import { jobFor, spoolRun } from '../spooled.ts'
import type { Round, Suite } from '../suite.ts'

/** How the child that sends gets through a spool, to both destinations. */

/** A run of 99 operations is a hundred events, and a file. */
const eventsOfFile = 100
const sizes = [100, 1_000, 10_000, 100_000, 1_000_000]

/** The largest sizes take minutes, and vary less. */
const roundsOf = (n: number, rounds: number): number =>
  n >= 100_000 ? Math.min(rounds, n >= 1_000_000 ? 3 : 5) : rounds

const program = join(directory, 'node_modules/.cache/drain.mjs')
const buildProgram = () =>
  build({
    entryPoints: [join(directory, 'subjects/drain.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    define: { DISTRO_VERSION: '"0.1.0"', SDK_VERSION: '"2.12.0"' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    external: ['pg'],
  })

const copiesOf = (home: Home, files: number): void => {
  const [first = ''] = readdirSync(home.files.spool)
  for (let copy = 1; copy < files; copy++) {
    const { id } = newName('', [], 'jsonl')
    copyFileSync(join(home.files.spool, first), join(home.files.spool, first.replace(/\.[0-9a-z]{19}\./, `.${id}.`)))
  }
}

/** The same child with nothing to do is what a size is compared with: its start is not the drain's. */
const sample = async (n: number, url: string): Promise<{ readonly seconds: number; readonly rssMb: number }> => {
  const home = newHome()
  await spoolRun(home, eventsOfFile - 1)
  copiesOf(home, n / eventsOfFile)
  const { beganNs, endedNs, rssMb } = await usageOf({
    args: [...nodeFlags(), program],
    home,
    input: jobFor(home, { otlp: url, rudder: url }),
  })
  const left = readdirSync(home.files.spool).length
  home.remove()
  if (left > 0) throw new Error(`the child has left ${left} files`)
  return { seconds: milliseconds(beganNs, endedNs) / 1000, rssMb }
}

const idle = async (): Promise<{ readonly seconds: number; readonly rssMb: number }> => {
  const home = newHome()
  const { beganNs, endedNs, rssMb } = await usageOf({ args: [...nodeFlags(), program], home, input: jobFor(home, {}) })
  home.remove()
  return { seconds: milliseconds(beganNs, endedNs) / 1000, rssMb }
}

export const drain: Suite = {
  name: 'drain',
  about:
    'events that the child sends in a second to both destinations, and its memory, over a child with an empty spool',
  cases: sizes.map(String),
  run: async ({ rounds, only, progress }) => {
    await buildProgram()
    const receiver = await startReceiver((request, response) => {
      // What has come would fill this process's memory.
      receiver.requests.length = 0
      wellAnswer(request, response)
    })
    const all: Round[] = []
    for (const n of sizes) {
      if (only !== undefined && String(n) !== only) continue
      await idle()
      for (let round = 0; round < roundsOf(n, rounds); round++) {
        progress(`drain: ${n} events, round ${round + 1} of ${roundsOf(n, rounds)}`)
        const nothing = await idle()
        const { seconds, rssMb } = await sample(n, receiver.url)
        const of = { suite: 'drain', case: String(n), subject: 'cq-telemetry' }
        const work = seconds - nothing.seconds
        all.push(
          { ...of, metric: 'rate', unit: 'events/s', value: n / work },
          { ...of, metric: 'time for each', unit: 'µs', value: (work * 1e6) / n },
          { ...of, metric: 'memory over an empty spool', unit: 'MB', value: rssMb - nothing.rssMb },
        )
      }
    }
    await receiver.close()
    return all
  },
}
