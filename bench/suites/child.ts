import { copyFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodeFlags } from '../../src/launch/child-command.ts'
import { newName } from '../../src/spool/name.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { directory, type Home, newHome, type Usage, usageOf } from '../processes.ts'
import { jobFor, spoolRun } from '../spooled.ts'
import type { Round, Suite } from '../suite.ts'

/** What the child that sends uses, over a bare Node. */

/** A run of one operation is two events. */
const runs = 50
const caseName = `${runs * 2} events`

const prepare = async (): Promise<Home> => {
  const home = newHome()
  await spoolRun(home, 1)
  const [first = ''] = readdirSync(home.files.spool)
  for (let copy = 1; copy < runs; copy++) {
    const { id } = newName('', [], 'jsonl')
    copyFileSync(join(home.files.spool, first), join(home.files.spool, first.replace(/\.[0-9a-z]{19}\./, `.${id}.`)))
  }
  return home
}

const roundsOf = (child: Usage, bare: Usage): Round[] =>
  (
    [
      ['memory over bare', 'MB', child.rssMb - bare.rssMb],
      ['processor time over bare', 'ms', child.cpuMs - bare.cpuMs],
    ] as const
  ).map(([metric, unit, value]) => ({
    suite: 'child',
    case: caseName,
    subject: 'cq-telemetry',
    metric,
    unit,
    value,
  }))

export const child: Suite = {
  name: 'child',
  about: 'memory and processor time of the child that sends a hundred events to both destinations, over a bare Node',
  cases: [caseName],
  run: async ({ rounds, progress }) => {
    const receiver = await startReceiver()
    const all: Round[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`child: round ${round + 1} of ${rounds}`)
      const home = await prepare()
      const measureBare = () => usageOf({ args: [join(directory, 'subjects/nothing.mjs')], home })
      const measureChild = () =>
        usageOf({
          args: [...nodeFlags(), resolve('dist/deliver/main.js')],
          home,
          input: jobFor(home, { otlp: receiver.url, rudder: receiver.url }),
        })
      const bareFirst = round % 2 === 0
      const before = bareFirst ? await measureBare() : undefined
      const sent = await measureChild()
      all.push(...roundsOf(sent, before ?? (await measureBare())))
      if (readdirSync(home.files.spool).length > 0) throw new Error('the child has not sent everything')
      home.remove()
    }
    await receiver.close()
    return all
  },
}
