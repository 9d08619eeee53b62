import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, parseAllDocuments } from 'yaml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countryDatabase } from '../../src/collector/countries.ts'
import { configDirectory } from '../../src/collector/paths.ts'
import { configArguments } from '../../src/collector/pipelines.ts'
import { collectorBinary, collectorKey, freePort } from '../support/collector.ts'
import { newPlace, type Place, type Running, run, start } from '../support/program.ts'

/** The files of collector-config/deploy/, with the tools that read them: systemd, nginx, compose and Kubernetes' schemas. */

const folder = join(configDirectory, 'deploy')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const command = new URL('../../dist/command/main.js', import.meta.url).pathname

let place: Place
const running: Running[] = []
beforeEach(() => {
  place = newPlace()
})
afterEach(async () => {
  // A master of nginx that is killed leaves its workers behind.
  for (const each of running) each.kill('SIGTERM')
  await Promise.all(running.splice(0).map(({ ended }) => ended))
  place.remove()
})

/** A unit whose paths are those of this machine. */
const unitHere = (name: string): string =>
  read(name)
    .replaceAll('/usr/local/bin/otelcol-cq', collectorBinary())
    .replaceAll('/usr/bin/node', process.execPath)
    .replaceAll('/usr/lib/node_modules/cq-telemetry/dist/command/main.js', command)
    .replaceAll(/\/etc\/cq-telemetry\/(?=\S*\.yaml)/g, `${configDirectory}/`)

const setting = (unit: string, key: string): string =>
  new RegExp(`^${key}=(.*)$`, 'm').exec(unit.replaceAll('\\\n', ''))?.[1]?.replaceAll(/ +/g, ' ') ?? ''

describe('systemd', () => {
  const analyze = (name: string, ...args: string[]): string => {
    const file = join(place.home, name)
    writeFileSync(file, unitHere(name))
    return execFileSync('systemd-analyze', [...args, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const hardened = ['cq-collector.service', 'cq-bridge.service']

  test.each([...hardened, 'cq-nginx.service'])('accepts %s', (name) => {
    expect(analyze(name, 'verify')).toBe('')
  })

  test.each(hardened)('finds that %s is hardened', (name) => {
    // The exposure in tenths: 96 is a unit without any restriction.
    const security = ['security', '--offline=yes', '--no-pager', '--threshold=15']
    expect(analyze(name, ...security)).toContain('Overall exposure level')
  })

  test('starts the collector with the pipeline of the unit, after it has ended a truncated line', async () => {
    const unit = unitHere('cq-collector.service')
    const exec = setting(unit, 'ExecStart').split(' ')
    expect(exec.slice(1)).toEqual(configArguments('all-in-one', ['geo', 'proxy', 'rudder']))
    const data = join(place.home, 'data')
    mkdirSync(join(data, 'spans'), { recursive: true })
    writeFileSync(join(data, 'spans/spans.jsonl'), '{"torn')
    writeFileSync(join(place.home, 'keys'), `${collectorKey}\n`)
    const [listen, health, metrics] = await Promise.all([freePort(), freePort(), freePort()])
    const environment = Object.fromEntries(
      setting(unit, 'Environment')
        .split(' ')
        .map((pair) => pair.split('=') as [string, string]),
    )
    const env = {
      ...environment,
      CQ_DATA: data,
      CQ_KEYS_FILE: join(place.home, 'keys'),
      CQ_GEO: countryDatabase(),
      CQ_LISTEN: `127.0.0.1:${listen}`,
      CQ_HEALTH: `127.0.0.1:${health}`,
      CQ_METRICS: String(metrics),
    }
    const [, before = ''] = /-c '(.*)'$/.exec(setting(unit, 'ExecStartPre')) ?? []
    expect(await run('/bin/sh', ['-c', before.replaceAll('$$', '$')], place, env)).toMatchObject({ code: 0 })
    expect(readFileSync(join(data, 'spans/spans.jsonl'), 'utf8')).toBe('{"torn\n')
    const collector = start(exec[0] ?? '', exec.slice(1), place, env)
    running.push(collector)
    await collector.says('Everything is ready')
    collector.kill('SIGTERM')
    expect((await collector.ended).code).toBe(0)
  })
})

interface Container {
  readonly command: readonly string[]
  readonly readinessProbe: { readonly httpGet: { readonly path: string } }
}

describe('containers', () => {
  /** What the pages start is what the command line takes. */
  const dryRun = async ([name, ...args]: readonly string[]) => {
    expect(name).toBe('cq-telemetry')
    if (args[0] !== 'collector') return
    const env = {
      OTELCOL_BIN: collectorBinary(),
      CQ_KEYS_FILE: '/dev/null',
      CQ_DATA: place.home,
      CQ_GEO: countryDatabase(),
    }
    expect(await run(process.execPath, [command, ...args, '--validate'], place, env)).toMatchObject({ code: 0 })
  }

  test('kubernetes.yaml is strictly valid for the newest Kubernetes that the validator knows', async () => {
    const args = ['-m', 'kubernetes_validate', '--strict', join(folder, 'kubernetes.yaml')]
    const validated = await run('python3', args, place, { PYTHONPATH: process.env['PYTHONPATH'] })
    expect(validated).toMatchObject({ code: 0 })
    const documents = parseAllDocuments(read('kubernetes.yaml')).map((each) => each.toJS() as never)
    const containers = documents.flatMap(
      ({ spec }: { spec: { template?: { spec: { containers: Container[] } } } }) =>
        spec.template?.spec.containers ?? [],
    )
    expect(containers.map(({ readinessProbe }) => readinessProbe.httpGet.path)).toEqual(['/', '/ready'])
    for (const each of containers) await dryRun(each.command)
  })

  test('compose.yaml starts existing commands', async () => {
    const { services } = parse(read('compose.yaml')) as { services: Record<string, Container> }
    expect(Object.keys(services)).toEqual(['nginx', 'collector', 'bridge'])
    for (const name of ['collector', 'bridge']) await dryRun(services[name]?.command ?? [])
  })
})

describe('nginx with TLS', () => {
  const begin = async (): Promise<URL> => {
    const [plain, tls] = await Promise.all([freePort(), freePort()])
    const [key, certificate] = [join(place.home, 'privkey.pem'), join(place.home, 'fullchain.pem')]
    const made = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost`.split(' ')
    execFileSync('openssl', [...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    mkdirSync(join(place.home, 'public'))
    const publicConf = read('public.conf')
      .replace('0.0.0.0:8443', `127.0.0.1:${tls}`)
      .replaceAll('/etc/cq-telemetry/tls/', `${place.home}/`)
    writeFileSync(join(place.home, 'public/public.conf'), publicConf)
    const config = readFileSync(join(configDirectory, 'nginx.conf'), 'utf8')
      .replace('0.0.0.0:8080', `127.0.0.1:${plain}`)
      .replace('127.0.0.1:4318', '127.0.0.1:9')
    writeFileSync(join(place.home, 'nginx.conf'), config)
    const args = ['-p', place.home, '-c', join(place.home, 'nginx.conf'), '-g', 'daemon off;']
    const nginx = start('nginx', args, place, { PATH: `${process.env['PATH']}:/usr/sbin` })
    running.push(nginx)
    const failed = nginx.ended.then(({ stderr }) => Promise.reject(new Error(`nginx ended: ${stderr}`)))
    failed.catch(() => undefined)
    const url = new URL(`https://127.0.0.1:${tls}/v1/traces`)
    while ((await Promise.race([statusOf(url, 'GET').catch(() => 0), failed])) === 0) await sleep(50)
    return url
  }
  const agent = new Agent({ rejectUnauthorized: false, keepAlive: true, maxSockets: 8 })
  const statusOf = (url: URL, method = 'POST', body = ''): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method, agent, headers: { 'content-length': body.length } }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      sent.on('error', reject).end(body)
    })

  test('accepts TLS, limits bodies and rates, and asks clients to retry while the collector is down', async () => {
    const url = await begin()
    expect(await statusOf(url)).toBe(503)
    expect(await statusOf(url, 'POST', 'x'.repeat(1_100_000))).toBe(413)
    expect(await statusOf(new URL('/other', url))).toBe(404)
    const statuses = await Promise.all(Array.from({ length: 300 }, () => statusOf(url)))
    const limited = statuses.filter((status) => status === 429).length
    expect(new Set(statuses)).toEqual(new Set([503, 429]))
    // A burst of 100, and ten a second while it takes.
    expect(limited).toBeGreaterThan(50)
    expect(limited).toBeLessThanOrEqual(200)
  })
})

describe('erase.sh', () => {
  const id = '8ca58cd8-075c-4ef7-9ff0-beddd56b7d8a'
  const resource = (value: string, name = 'app.installation.id') => ({
    resource: { attributes: [{ key: name, value: { stringValue: value } }] },
    scopeSpans: [],
  })
  const lineOf = (...resourceSpans: object[]) => JSON.stringify({ resourceSpans })

  test.each<[string, string, string]>([
    ['a line of that id', lineOf(resource(id)), ''],
    ['a line of another id', lineOf(resource('other')), lineOf(resource('other'))],
    ['a line of both', lineOf(resource(id), resource('other')), lineOf(resource('other'))],
    ['the id in another attribute', lineOf(resource(id, 'x')), lineOf(resource(id, 'x'))],
    ['a resource without attributes', lineOf({ resource: {} }, resource(id)), lineOf({ resource: {} })],
  ])('leaves of %s what is not of that id', async (_, before, after) => {
    writeFileSync(join(place.home, 'spans.jsonl'), `${before}\n`)
    expect(await run(join(folder, 'erase.sh'), [id, place.home], place)).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(join(place.home, 'spans.jsonl'), 'utf8').trim()).toBe(after)
  })

  test.each([[[]], [[id]], [[id, '/nowhere']]])('with %j says what to give', async (args) => {
    const { code, stderr } = await run(join(folder, 'erase.sh'), args, place)
    expect(code).toBe(2)
    expect(stderr).toContain('erase.sh ID FOLDER: give the id, and the folder of the files')
  })
})
