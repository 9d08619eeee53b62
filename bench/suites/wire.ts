import { join, resolve } from 'node:path'
import { nodeFlags } from '../../src/launch/child-command.ts'
import { type Receiver, startReceiver } from '../../test/support/receiver.ts'
import { directory, inOrder, newHome, run, usageOf } from '../processes.ts'
import { jobFor } from '../spooled.ts'
import type { Round, Suite } from '../suite.ts'

/** What goes over the network for a fetch. */

interface Subject {
  readonly name: string
  /** As the subject's program knows it, where two differ in their environment alone. */
  readonly program?: string
  readonly env?: NodeJS.ProcessEnv
  /** Sent by the child. */
  readonly to?: 'otlp' | 'rudder'
}

const gzip = { COMPRESSION: 'gzip' }
const subjects: readonly Subject[] = [
  { name: 'OTLP JSON, stock' },
  { name: 'OTLP JSON, stock, gzip', program: 'OTLP JSON, stock', env: gzip },
  { name: 'OTLP protobuf, stock' },
  { name: 'OTLP protobuf, stock, gzip', program: 'OTLP protobuf, stock', env: gzip },
  { name: 'a track call for each' },
  { name: 'cq-telemetry, OTLP', to: 'otlp' },
  { name: "cq-telemetry, OTLP, spans: 'operations'", to: 'otlp' },
  { name: 'cq-telemetry, Rudder', to: 'rudder' },
]

const sizes = [30, 300, 3_000]
const caseOf = (size: number): string => `${size} resources`

/** RudderStack's SDK takes half a minute for 3,000 calls. */
const limitMs = 120_000

const sample = async ({ name, program = name, env, to }: Subject, size: number, receiver: Receiver): Promise<void> => {
  const home = newHome()
  await run({
    args: [join(directory, 'subjects/wire.mjs'), program, String(size)],
    home,
    env: { ENDPOINT: receiver.url, ...env },
    limitMs,
  })
  if (to)
    await usageOf({
      args: [...nodeFlags(), resolve('dist/deliver/main.js')],
      home,
      input: jobFor(home, { [to]: receiver.url }),
    })
  home.remove()
}

export const wire: Suite = {
  name: 'wire',
  about: 'bytes of the bodies, and requests, for a fetch of resources and the run that it belongs to',
  cases: sizes.map(caseOf),
  run: async ({ rounds, only, progress }) => {
    const receiver = await startReceiver()
    const all: Round[] = []
    for (const size of sizes) {
      if (only !== undefined && caseOf(size) !== only) continue
      for (let round = 0; round < rounds; round++) {
        progress(`wire: ${caseOf(size)}, round ${round + 1} of ${rounds}`)
        for (const subject of inOrder(subjects, round)) {
          receiver.requests.length = 0
          await sample(subject, size, receiver)
          const bytes = receiver.requests.reduce((sum, { wireBytes }) => sum + wireBytes, 0)
          const of = { suite: 'wire', case: caseOf(size), subject: subject.name }
          all.push(
            { ...of, metric: 'sent', unit: 'kB', value: bytes / 1000 },
            { ...of, metric: 'requests', unit: '', value: receiver.requests.length },
          )
        }
      }
    }
    await receiver.close()
    return all
  },
}
