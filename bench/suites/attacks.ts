import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Attack, attacks, honestRequest } from '../../test/support/attacks.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { directory } from '../processes.ts'
import { type Round, type Suite, worstAttack } from '../suite.ts'

/** The bridge while it is attacked: its memory, the longest pause of its event loop, and an honest client's wait. */

const peakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** The longest pauses of the event loop, as `report-pauses.mjs` writes them. */
interface Pauses {
  readonly wallMs: number
  readonly cpuMs: number
}

const startBridge = async (rudder: string, home: string) => {
  writeFileSync(join(home, 'key'), 'key')
  const args = ['bridge', '--listen', '127.0.0.1:0', '--rudder-url', rudder, '--write-key-file', join(home, 'key')]
  const preload = ['--import', join(directory, 'report-pauses.mjs')]
  const child = spawn(process.execPath, [...preload, resolve('dist/command/main.js'), ...args], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  let [said, report] = ['', '']
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 1_000)))
  child.stdio[3]?.on('data', (chunk: Buffer) => (report += chunk.toString()))
  const closed = once(child, 'close')
  let url: string | undefined
  while ((url = /listening on (\S+)/.exec(said)?.[1]) === undefined) {
    if (child.exitCode !== null) throw new Error(`the bridge ended: ${said}`)
    await sleep(20)
  }
  return {
    url: new URL(url),
    pid: child.pid ?? 0,
    end: async (): Promise<Pauses> => {
      child.kill('SIGTERM')
      await closed
      return JSON.parse(report) as Pauses
    },
    reset: () => void child.kill('SIGUSR2'),
  }
}

/** Sends honest requests, one after the other, until the attack is over. Returns the longest time until one was taken. */
const honestly = async (url: URL, signal: AbortSignal): Promise<number> => {
  let longest = 0
  while (!signal.aborted) {
    const began = performance.now()
    while ((await honestRequest(url)) !== 200) await sleep(50)
    longest = Math.max(longest, performance.now() - began)
    await sleep(100)
  }
  return longest
}

const sample = async (attack: Attack) => {
  const run = attack.prepare()
  const home = mkdtempSync(join(tmpdir(), 'cq-bench-'))
  const receiver = await startReceiver()
  const bridge = await startBridge(receiver.url, home)
  // What is compiled when it is first used is no pause of an attack.
  for (let count = 0; count < 20; count++) await honestRequest(bridge.url)
  bridge.reset()
  const over = new AbortController()
  const waiting = honestly(bridge.url, over.signal)
  await run({ url: bridge.url, signal: AbortSignal.timeout(60_000) })
  over.abort()
  const wait = await waiting
  const peak = peakMb(bridge.pid)
  const pauses = await bridge.end()
  await receiver.close()
  rmSync(home, { recursive: true, force: true })
  return { peak, wait, ...pauses }
}

const suite = 'attacks'
const subject = 'cq-telemetry bridge'

/** The highest value of each round, over all attacks. */
const worstOf = (all: readonly Round[]): Round[] => {
  const groups = new Map<string, Round[]>()
  const seen = new Map<string, number>()
  for (const each of all) {
    const series = `${each.case} ${each.metric}`
    const round = seen.get(series) ?? 0
    seen.set(series, round + 1)
    groups.set(`${round} ${each.metric}`, [...(groups.get(`${round} ${each.metric}`) ?? []), each])
  }
  return [...groups.values()]
    .map((group) => group.reduce((worst, each) => (each.value > worst.value ? each : worst)))
    .map((worst) => ({ ...worst, case: worstAttack }))
}

export const attacksSuite: Suite = {
  name: suite,
  about: 'the bridge while it is attacked',
  cases: attacks.map(({ name }) => name),
  run: async ({ rounds, only, progress }) => {
    const all: Round[] = []
    for (const attack of attacks.filter(({ name }) => only === undefined || name === only)) {
      for (let round = 0; round < rounds; round++) {
        progress(`${suite}: ${attack.name}, round ${round + 1} of ${rounds}`)
        const { peak, wait, wallMs, cpuMs } = await sample(attack)
        const common = { suite, case: attack.name, subject }
        all.push({ ...common, metric: 'peak memory', unit: 'MB', value: peak })
        all.push({ ...common, metric: 'longest pause, processor time', unit: 'ms', value: cpuMs })
        all.push({ ...common, metric: 'longest pause', unit: 'ms', value: wallMs })
        all.push({ ...common, metric: 'longest wait of an honest request', unit: 'ms', value: wait })
      }
    }
    return only === undefined ? [...all, ...worstOf(all)] : all
  },
}
