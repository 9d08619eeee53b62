import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Network, troubles } from '../test/support/networks.ts'
import { startReceiver } from '../test/support/receiver.ts'
import { keepNotice } from '../src/policy/consent-file.ts'
import type { Suite } from './main.ts'
import type { Round } from './statistics.ts'

/** How long a command waits at its end for its telemetry, in each state of the network. */

interface Subject {
  readonly name: string
  readonly file: string
  readonly env?: NodeJS.ProcessEnv
}

const subjects: readonly Subject[] = [
  { name: 'bare process', file: 'bare' },
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

const directory = join(process.cwd(), 'bench')

/** The detached child of the sample before must not work beside the next. */
const endChild = (home: string): void => {
  try {
    process.kill(Number(readFileSync(join(home, '.cq/telemetry/draining'), 'utf8').split('-')[0]), 'SIGKILL')
  } catch {
    // It has ended.
  }
}

interface Sample {
  readonly exitMs: number
  readonly wallMs: number
  readonly ended: boolean
}

const sample = ({ file, env }: Subject, endpoint: string): Promise<Sample> => {
  const home = mkdtempSync(join(tmpdir(), 'cq-bench-'))
  keepNotice(join(home, '.cq/telemetry/consent.json'), new Date())
  const began = process.hrtime.bigint()
  const running = spawn(process.execPath, [join(directory, 'subjects', `${file}.mjs`)], {
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: tmpdir(), ENDPOINT: endpoint, ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  let said = ''
  running.stdio[3]?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const timer = setTimeout(() => running.kill('SIGKILL'), limitMs)
  return new Promise((resolve, reject) => {
    let over = 0n
    running.on('error', reject)
    running.on('exit', () => (over = process.hrtime.bigint()))
    running.on('close', (_, signal) => {
      clearTimeout(timer)
      endChild(home)
      rmSync(home, { recursive: true, force: true, maxRetries: 3 })
      if (said === '') return reject(new Error(`the subject "${file}" did not get to its last statement`))
      const ms = (from: bigint) => Number(over - from) / 1e6
      resolve({ exitMs: ms(BigInt(said.trim())), wallMs: ms(began), ended: signal === null })
    })
  })
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

/** The cost beside the bare process of the same round. */
const overBare = (round: readonly Round[]): Round[] =>
  round.flatMap((each) => {
    const bare = round.find(({ subject, metric }) => subject === 'bare process' && metric === each.metric)
    if (!bare || each === bare) return []
    return [{ ...each, metric: `${each.metric} over bare`, value: each.value - bare.value }]
  })

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
        const order = round % 2 === 0 ? subjects : [...subjects].reverse()
        const measured: Round[] = []
        for (const subject of order) {
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
