import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { establish } from '../src/consent/choice.ts'
import { keepNotice } from '../src/consent/notice.ts'
import { type Layout, layoutOf } from '../src/machine/layout.ts'

/** Processes that are measured: each in a home of its own, in which the notice was shown. */

export const directory = resolve('bench')

export interface Home {
  readonly path: string
  readonly files: Layout
  remove(): void
}

/** The detached child of one sample must not work beside the next. */
const endChild = (home: string): void => {
  try {
    process.kill(Number(readFileSync(join(home, '.bench/telemetry/draining'), 'utf8').split('-')[0]), 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** The directory is that of the tool "bench". */
export const newHome = (): Home => {
  const path = mkdtempSync(join(tmpdir(), 'cq-bench-'))
  const files = layoutOf(join(path, '.bench/telemetry'))
  establish(files.consent)
  keepNotice(files, new Date())
  return {
    path,
    files,
    remove: () => {
      endChild(path)
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export interface RunOf {
  readonly args: readonly string[]
  readonly home: Home
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** Killed after so many milliseconds. */
  readonly limitMs?: number
  /** Killed when it has said something: nothing after that is measured. */
  readonly until?: 'said'
}

export interface Ended {
  /** What it wrote to descriptor 3. */
  readonly said: string
  readonly beganNs: bigint
  readonly endedNs: bigint
  readonly killed: boolean
}

/** Runs a Node.js. Standard output is no terminal and no device, as in a pipe. */
export const run = ({ args, home, env, input, limitMs, until }: RunOf): Promise<Ended> => {
  const beganNs = process.hrtime.bigint()
  const running = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], HOME: home.path, TMPDIR: tmpdir(), ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  let [said, wrong] = ['', '']
  running.stdout?.resume()
  running.stderr?.on('data', (chunk: Buffer) => (wrong += chunk.toString()))
  running.stdio[3]?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (until === 'said') running.kill('SIGKILL')
  })
  running.stdin?.end(input)
  const timer = limitMs === undefined ? undefined : setTimeout(() => running.kill('SIGKILL'), limitMs)
  return new Promise((done, reject) => {
    let endedNs = 0n
    running.on('error', reject)
    running.on('exit', () => (endedNs = process.hrtime.bigint()))
    running.on('close', (_, signal) => {
      clearTimeout(timer)
      if (said === '') return reject(new Error(`"${args.join(' ')}" said nothing: ${wrong.slice(-500)}`))
      done({ said, beganNs, endedNs, killed: signal !== null })
    })
  })
}

/** What `lastStatement` wrote. */
export const lastStatementOf = (said: string): { readonly atNs: bigint; readonly cpuMs: number } => {
  const [at = '', cpu = ''] = said.trim().split(' ')
  return { atNs: BigInt(at), cpuMs: Number(cpu) }
}

export const milliseconds = (from: bigint, to: bigint): number => Number(to - from) / 1e6

/** What `report-usage.mjs`, which is preloaded, says at the end. */
export interface Usage {
  readonly rssMb: number
  readonly cpuMs: number
}

export const usageOf = async (of: RunOf): Promise<Usage & Ended> => {
  const ended = await run({ ...of, args: ['--import', join(directory, 'report-usage.mjs'), ...of.args] })
  return { ...ended, ...(JSON.parse(ended.said) as Usage) }
}

/** The order is reversed from round to round. */
export const inOrder = <Subject>(subjects: readonly Subject[], round: number): readonly Subject[] =>
  round % 2 === 0 ? subjects : [...subjects].reverse()
