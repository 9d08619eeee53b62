import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { findCollector } from '../../src/collector/build.ts'
import { countryDatabase } from '../../src/collector/countries.ts'
import { configArguments } from '../../src/collector/pipelines.ts'
import { freePort } from '../../test/support/collector.ts'
import { clientOf, fetchTemplate } from '../../test/support/load.ts'
import type { Round, Suite } from '../suite.ts'

/**
 * Spans for each second of processor time, and memory: of the bridge against a collector that receives and forwards the
 * same requests, and of the whole pipeline. Each on one core, each answering only when the next has taken it.
 */

/** A fetch of 30 resources is 34 spans, and a collector sends some sixty of them in one request. */
const resources = 30
const clientsOfRequest = 60
const bodies = 20

const requests = (): { body: Buffer; spans: number }[] => {
  const template = fetchTemplate(resources)
  return Array.from({ length: bodies }, () => {
    const clients = Array.from({ length: clientsOfRequest }, () => clientOf(template, 'protobuf', false))
    // A message of protobuf that follows another is merged with it: the lists are joined.
    const body = gzipSync(Buffer.concat(clients.map((client) => client.body)))
    return { body, spans: clients.reduce((sum, { spanIds }) => sum + spanIds.length, 0) }
  })
}

/** Takes everything, as a collector and as Rudder do. */
const startSink = async () => {
  const server = createServer((incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      const otlp = incoming.url === '/v1/traces'
      response.setHeader('content-type', otlp ? 'application/x-protobuf' : 'text/plain').end(otlp ? '' : 'ok')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

interface Subject {
  readonly url: string
  readonly pid: number
  end(): Promise<void>
}

const oneCore = ['-c', '0']

const startOnOneCore = async (
  command: readonly string[],
  ready: RegExp,
  env: NodeJS.ProcessEnv,
): Promise<Omit<Subject, 'url'>> => {
  const child = spawn('taskset', [...oneCore, ...command], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), GOMAXPROCS: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  while (!ready.test(said)) {
    if (child.exitCode !== null) throw new Error(`a subject ended: ${said.slice(-500)}`)
    await new Promise((done) => setTimeout(done, 20))
  }
  const ended = once(child, 'close')
  return {
    pid: child.pid ?? 0,
    end: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

type Start = (sink: string, directory: string) => Promise<Subject>

const bridge: Start = async (sink, directory) => {
  const port = await freePort()
  writeFileSync(join(directory, 'key'), 'key')
  const args = [
    'bridge',
    '--listen',
    `127.0.0.1:${port}`,
    '--rudder-url',
    sink,
    '--write-key-file',
    join(directory, 'key'),
  ]
  const command = [process.execPath, resolve('dist/command/main.js'), ...args]
  return { url: `http://127.0.0.1:${port}`, ...(await startOnOneCore(command, /listening/, {})) }
}

const forward = `
receivers: { otlp: { protocols: { http: { endpoint: '\${env:LISTEN}' } } } }
exporters: { otlp_http: { endpoint: '\${env:SINK}', sending_queue: { enabled: false } } }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http] } }
`

const collector: Start = async (sink, directory) => {
  const listen = `127.0.0.1:${await freePort()}`
  writeFileSync(join(directory, 'forward.yaml'), forward)
  const command = [findCollector(console.error), '--config', join(directory, 'forward.yaml')]
  return {
    url: `http://${listen}`,
    ...(await startOnOneCore(command, /Everything is ready/, { LISTEN: listen, SINK: sink })),
  }
}

const allInOne: Start = async (sink, directory) => {
  const [listen, health, metrics] = await Promise.all([freePort(), freePort(), freePort()])
  writeFileSync(join(directory, 'keys'), 'key\n')
  const env = {
    CQ_LISTEN: `127.0.0.1:${listen}`,
    CQ_HEALTH: `127.0.0.1:${health}`,
    CQ_METRICS: String(metrics),
    CQ_KEYS_FILE: join(directory, 'keys'),
    CQ_DATA: join(directory, 'data'),
    CQ_GEO: countryDatabase(),
    CQ_BRIDGE: sink,
  }
  const command = [findCollector(console.error), ...configArguments('all-in-one', ['geo', 'rudder'])]
  return { url: `http://${env.CQ_LISTEN}`, ...(await startOnOneCore(command, /Everything is ready/, env)) }
}

/** Seconds of processor time that a process has used, in user and kernel; ticks are hundredths on Linux. */
const processorSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const peakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip', authorization: 'Bearer key' }

const post = (url: string, body: Buffer, agent: Agent): Promise<number> =>
  new Promise((done, reject) => {
    const sent = request(`${url}/v1/traces`, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.length },
    })
    sent.on('response', (response) => {
      response.resume()
      response.on('end', () => done(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(body)
  })

/** Sends at least so many spans, a few requests at a time. Returns how many were sent. */
const send = async (url: string, spans: number, load: ReturnType<typeof requests>): Promise<number> => {
  const agent = new Agent({ keepAlive: true })
  let sent = 0
  let next = 0
  const worker = async () => {
    while (sent < spans) {
      const { body, spans: count } = load[next++ % load.length] as (typeof load)[number]
      sent += count
      const status = await post(url, body, agent)
      if (status !== 200) throw new Error(`a subject answered ${status}`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  agent.destroy()
  return sent
}

const sample = async (start: Start, spans: number, load: ReturnType<typeof requests>) => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-bench-'))
  const sink = await startSink()
  const subject = await start(sink.url, directory)
  // What is compiled when it is first used, on both sides, is no part of the rate.
  await send(subject.url, 20_000, load)
  const before = processorSeconds(subject.pid)
  const sent = await send(subject.url, spans, load)
  const seconds = processorSeconds(subject.pid) - before
  const peak = peakMb(subject.pid)
  await subject.end()
  sink.close()
  rmSync(directory, { recursive: true, force: true })
  return { rate: sent / Math.max(seconds, 0.01) / 1000, peak }
}

const sizes = { '10^4 spans': 10_000, '10^5 spans': 100_000, '10^6 spans': 1_000_000 }

const suiteOf = (name: string, about: string, subjects: Readonly<Record<string, Start>>): Suite => ({
  name,
  about,
  cases: Object.keys(sizes),
  run: async ({ rounds, only, progress }) => {
    const load = requests()
    const all: Round[] = []
    for (const [size, spans] of Object.entries(sizes)) {
      if (only !== undefined && size !== only) continue
      for (let round = 0; round < rounds; round++) {
        const order = Object.entries(subjects)
        if (round % 2 === 1) order.reverse()
        for (const [subject, start] of order) {
          progress(`${name}: ${size}, ${subject}, round ${round + 1} of ${rounds}`)
          const { rate, peak } = await sample(start, spans, load)
          const common = { suite: name, case: size, subject }
          all.push({ ...common, metric: 'thousand spans for each second of processor time', unit: 'k/s', value: rate })
          all.push({ ...common, metric: 'peak memory', unit: 'MB', value: peak })
        }
      }
    }
    return all
  },
})

export const bridgeSuite = suiteOf('bridge', 'the bridge against a collector that receives and forwards', {
  'cq-telemetry bridge': bridge,
  'collector, forwarding': collector,
})

export const collectorSuite = suiteOf('collector', 'the pipeline all-in-one with geo and rudder', {
  'all-in-one': allInOne,
})
