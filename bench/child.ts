import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { keepNotice } from '../src/policy/consent-file.ts'
import { newName } from '../src/spool/name.ts'
import { startReceiver } from '../test/support/receiver.ts'
import type { Suite } from './main.ts'
import type { Round } from './statistics.ts'

/** What the child that sends uses, over a bare Node. */

/** A run of one operation is two events. */
const runs = 50
const caseName = `${runs * 2} events`

interface Usage {
  readonly rssMb: number
  readonly cpuMs: number
}

const ended = (args: readonly string[], home: string, env: NodeJS.ProcessEnv, input?: string): Promise<string> => {
  const running = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: tmpdir(), ...env },
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  })
  let said = ''
  running.stdio[3]?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  running.stdin?.end(input)
  return new Promise((done, reject) => running.on('error', reject).on('close', () => done(said)))
}

const preload = ['--import', resolve('bench/report-usage.mjs')]
const usage = async (args: readonly string[], home: string, input?: string): Promise<Usage> =>
  JSON.parse(await ended([...preload, ...args], home, {}, input)) as Usage

/** A home whose spool holds the events. */
const prepare = async (): Promise<string> => {
  const home = mkdtempSync(join(tmpdir(), 'cq-bench-'))
  keepNotice(join(home, '.cq/telemetry/consent.json'), new Date())
  await ended([resolve('bench/subjects/cq-telemetry.mjs')], home, {
    DELIVERY: 'manual',
    ENDPOINT: 'http://127.0.0.1:9',
  })
  const spool = join(home, '.cq/telemetry/spool')
  mkdirSync(spool, { recursive: true })
  const [first = ''] = readdirSync(spool)
  for (let copy = 1; copy < runs; copy++) {
    const { id } = newName('', [], 'jsonl')
    copyFileSync(join(spool, first), join(spool, first.replace(/\.[0-9a-z]{19}\./, `.${id}.`)))
  }
  return home
}

const jobFor = (home: string, url: string): string =>
  JSON.stringify({
    spool: join(home, '.cq/telemetry/spool'),
    consent: join(home, '.cq/telemetry/consent.json'),
    otlp: { url: `${url}/v1/traces`, headers: {} },
    deadline: Date.now() + 20_000,
    debug: false,
  })

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
  about: 'memory and processor time of the child that sends a hundred events, over a bare Node',
  cases: [caseName],
  run: async ({ rounds, progress }) => {
    const receiver = await startReceiver()
    const all: Round[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`child: round ${round + 1} of ${rounds}`)
      const home = await prepare()
      const measureBare = () => usage(['-e', '0'], home)
      const measureChild = () => usage([resolve('dist/deliver/main.js')], home, jobFor(home, receiver.url))
      const bareFirst = round % 2 === 0
      const before = bareFirst ? await measureBare() : undefined
      const sent = await measureChild()
      all.push(...roundsOf(sent, before ?? (await measureBare())))
      if (readdirSync(join(home, '.cq/telemetry/spool')).length > 0)
        throw new Error('the child has not sent everything')
      rmSync(home, { recursive: true, force: true })
    }
    await receiver.close()
    return all
  },
}
