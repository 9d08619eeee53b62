import { join } from 'node:path'
import { type Network, troubles } from '../../test/support/networks.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { directory, inOrder, milliseconds, newHome, run, lastStatementOf } from '../processes.ts'
import { bare, overBare, type Round, type Suite } from '../suite.ts'

/** How long a command waits at its end for its telemetry, in each state of the network. */

interface Subject {
  readonly name: string
  readonly file: string
  readonly env?: NodeJS.ProcessEnv
}

const subjects: readonly Subject[] = [
  { name: bare, file: 'bare' },
  { name: 'start of a process', file: 'process' },
  { name: 'cq-telemetry, detached', file: 'cq-telemetry', env: { DELIVERY: 'detached' } },
  { name: 'cq-telemetry, inline', file: 'cq-telemetry', env: { DELIVERY: 'inline' } },
  { name: 'OpenTelemetry, stock', file: 'opentelemetry' },
  { name: '@rudderstack/rudder-sdk-node', file: 'rudderstack' },
  { name: 'posthog-node', file: 'posthog' },
  { name: '@sentry/node', file: 'sentry' },
]

const healthy = async (): Promise<Network> => {
  const receiver = await startReceiver()
  return { url: receiver.url, hits: () => receiver.requests.length, close: () => receiver.close() }
}

const networks: Record<string, () => Promise<Network>> = {
  healthy,
  refused: troubles.refused,
  silent: troubles['accepted and silent'],
  reset: troubles['reset in the middle'],
  503: troubles['503'],
  dripping: troubles['a dripping answer'],
  'no such name': troubles['no such name'],
}

/** Who has not ended by then is killed, and is not waited for more than twice in a case. */
const limitMs = 12_000
const censoredSamples = 2

interface Sample {
  readonly exitMs: number
  readonly wallMs: number
  readonly ended: boolean
}

const sample = async ({ file, env }: Subject, endpoint: string): Promise<Sample> => {
  const home = newHome()
  const { said, beganNs, endedNs, killed } = await run({
    args: [join(directory, 'subjects', `${file}.mjs`)],
    home,
    env: { ENDPOINT: endpoint, ...env },
    limitMs,
  })
  home.remove()
  return {
    exitMs: milliseconds(lastStatementOf(said).atNs, endedNs),
    wallMs: milliseconds(beganNs, endedNs),
    ended: !killed,
  }
}

/** The first run of a subject reads its files from the disk. */
const warmUp = async (subject: Subject): Promise<void> => {
  const network = await healthy()
  await sample(subject, network.url)
  await network.close()
}

const roundsOf = (name: string, subject: Subject, { exitMs, wallMs, ended }: Sample): Round[] =>
  (
    [
      ['exit', exitMs],
      ['wall', wallMs],
    ] as const
  ).map(([metric, value]) => ({
    suite: 'exit',
    case: name,
    subject: subject.name,
    metric,
    unit: 'ms',
    value,
    ...(!ended && { censored: true }),
  }))

export const exit: Suite = {
  name: 'exit',
  about: 'time from the last own statement to the end of the process, in each state of the network',
  cases: Object.keys(networks),
  run: async ({ rounds, only, progress }) => {
    const all: Round[] = []
    for (const subject of subjects) await warmUp(subject)
    for (const [name, start] of Object.entries(networks)) {
      if (only !== undefined && name !== only) continue
      const network = await start()
      const censored = new Map<Subject, number>()
      for (let round = 0; round < rounds; round++) {
        progress(`exit: ${name}, round ${round + 1} of ${rounds}`)
        const measured: Round[] = []
        for (const subject of inOrder(subjects, round)) {
          if ((censored.get(subject) ?? 0) >= censoredSamples) continue
          const result = await sample(subject, network.url)
          if (!result.ended || result.exitMs > limitMs / 5) censored.set(subject, (censored.get(subject) ?? 0) + 1)
          measured.push(...roundsOf(name, subject, result))
        }
        all.push(...measured, ...overBare(measured))
      }
      await network.close()
    }
    return all
  },
}
