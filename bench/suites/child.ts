import { copyFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodeFlags } from '../../src/launch/child-command.ts'
import { newName } from '../../src/spool/name.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { directory, type Home, newHome, type Usage, usageOf } from '../processes.ts'
import { jobFor, spoolRun } from '../spooled.ts'
import type { Round, Suite } from '../suite.ts'

/** What the child that sends uses, over a bare Node. */

/** What waits: one run; as many as fit into 64 kB, for which a child is started at once; and fifty. */
const cases: ReadonlyMap<string, number> = new Map([1, 8, 50].map((runs) => [nameOf(runs), runs]))

/** A run of one operation is two events. */
function nameOf(runs: number): string {
  return `${runs * 2} events`
}

const prepare = async (runs: number): Promise<Home> => {
  const home = newHome()
  await spoolRun(home, 1)
  const [first = ''] = readdirSync(home.files.spool)
  for (let copy = 1; copy < runs; copy++) {
    const { id } = newName('', [], 'jsonl')
    copyFileSync(join(home.files.spool, first), join(home.files.spool, first.replace(/\.[0-9a-z]{19}\./, `.${id}.`)))
  }
  return home
}

const roundsOf = (caseName: string, child: Usage, bare: Usage): Round[] =>
  (
    [
      ['memory over bare', 'MB', child.rssMb - bare.rssMb],
      ['processor time over bare', 'ms', child.cpuMs - bare.cpuMs],
      ['processor time', 'ms', child.cpuMs],
    ] as const
  ).map(([metric, unit, value]) => ({
    suite: 'child',
    case: caseName,
    subject: 'cq-telemetry',
    metric,
    unit,
    value,
  }))

const sample = async (name: string, runs: number, url: string, bareFirst: boolean): Promise<Round[]> => {
  const home = await prepare(runs)
  const measureBare = () => usageOf({ args: [join(directory, 'subjects/nothing.mjs')], home })
  const before = bareFirst ? await measureBare() : undefined
  const sent = await usageOf({
    args: [...nodeFlags(), resolve('dist/deliver/main.js')],
    home,
    input: jobFor(home, { otlp: url, rudder: url }),
  })
  const bare = before ?? (await measureBare())
  if (readdirSync(home.files.spool).length > 0) throw new Error('the child has not sent everything')
  home.remove()
  return roundsOf(name, sent, bare)
}

export const child: Suite = {
  name: 'child',
  about: 'memory and processor time of the child that sends two, sixteen and a hundred events to both destinations',
  cases: [...cases.keys()],
  run: async ({ rounds, only, progress }) => {
    const receiver = await startReceiver()
    const all: Round[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`child: round ${round + 1} of ${rounds}`)
      for (const [name, runs] of cases) {
        if (only !== undefined && only !== name) continue
        all.push(...(await sample(name, runs, receiver.url, round % 2 === 0)))
      }
    }
    await receiver.close()
    return all
  },
}
