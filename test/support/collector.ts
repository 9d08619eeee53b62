import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findCollector } from '../../src/collector/build.ts'
import { countryDatabase } from '../../src/collector/countries.ts'
import { configArguments, memoryLimit } from '../../src/collector/pipelines.ts'
import { endTruncatedLine } from '../../src/collector/truncated-line.ts'
import { type Place, type Running, start } from './program.ts'

/** A real collector with one of the pipelines of collector-config/, on free ports. */
export interface Collector {
  /** Base URL of its OTLP/HTTP receiver. */
  readonly url: string
  readonly data: string
  readonly pid: number
  /** Lines of OTLP that its file exporter has written, oldest first, without what was torn by a kill. */
  lines(): string[]
  /** All that it has written on standard error, in all its lives. */
  log(): string
  kill(signal: NodeJS.Signals): Promise<void>
  /** Starts again with the same ports and data, after a kill. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export const collectorKey = 'the-publisher-key'

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const portsOfWorker = 4_000
let nextPort = Math.floor(Math.random() * portsOfWorker)

/**
 * Each worker of vitest takes ports from its own range, one after the other, so that no two servers get the same one before
 * they listen. Below the ports that the kernel hands out: a client that dials a server again and again while it is away may
 * otherwise get the server's own port, connect to itself, and keep the server from coming back.
 */
export const freePort = async (): Promise<number> => {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % 3
  const port = 20_000 + worker * portsOfWorker + (nextPort++ % portsOfWorker)
  return (await isFree(port)) ? port : freePort()
}

/** Found, or built, before the first test: the message of a collector that is missing says what to install. */
export const collectorBinary = (): string => findCollector((line) => console.log(line))

const filesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => join(directory, name))
  } catch {
    return []
  }
}

const environment = async (home: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> => {
  const [listen, health, metrics] = await Promise.all([freePort(), freePort(), freePort()])
  const keys = join(home, 'keys')
  writeFileSync(keys, `${collectorKey}\n`)
  return {
    CQ_LISTEN: `127.0.0.1:${listen}`,
    CQ_HEALTH: `127.0.0.1:${health}`,
    CQ_METRICS: String(metrics),
    CQ_DATA: join(home, 'data'),
    CQ_KEYS_FILE: keys,
    CQ_GEO: countryDatabase(),
    GOMEMLIMIT: memoryLimit(env),
    ...env,
  }
}

const isWhole = (line: string): boolean => {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}

/** Starts a pipeline with its additions and waits until it is ready. `own` is configuration in YAML, merged last. */
export const startCollector = async (
  pipeline: string,
  additions: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  own?: string,
): Promise<Collector> => {
  const home = mkdtempSync(join(tmpdir(), 'cq-collector-'))
  const place: Place = { home, cwd: home, remove: () => rmSync(home, { recursive: true, force: true }) }
  const full = await environment(home, env)
  const data = String(full['CQ_DATA'])
  const ownArguments = own === undefined ? [] : ['--config', `yaml:${own}`]
  let log = ''
  let running: Running

  const begin = async () => {
    endTruncatedLine(data)
    running = start(collectorBinary(), [...configArguments(pipeline, additions), ...ownArguments], place, full)
    void running.ended.then(({ stderr }) => (log += stderr))
    await running.says('Everything is ready')
  }
  const kill = async (signal: NodeJS.Signals) => {
    running.kill(signal)
    await running.ended
    await sleep(10)
  }
  await begin()
  return {
    url: `http://${full['CQ_LISTEN']}`,
    data,
    get pid() {
      return running.pid
    },
    lines: () =>
      [...filesIn(join(data, 'spans')), ...filesIn(data).filter((file) => file.endsWith('.jsonl'))].flatMap((file) =>
        readFileSync(file, 'utf8').split('\n').filter(isWhole),
      ),
    log: () => log,
    kill,
    restart: begin,
    stop: async () => {
      await kill('SIGTERM')
      place.remove()
    },
  }
}

/** Waits until the condition holds; for a minute at most. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> => {
  for (const end = Date.now() + ms; !(await holds()); await sleep(100)) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
  }
}
