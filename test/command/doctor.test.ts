import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createServer as createTlsServer } from 'node:https'
import { run, runFixture } from '../support/program.ts'
import { type Answer, wellAnswer } from '../support/receiver.ts'
import { certificateIn } from '../support/certificate.ts'
import { consentFile, jobFor, runChild, telemetryDirectory } from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** What is wrong is found, and what to do is said. */

const place = usePlace()
/** As Rudder's gateway answers a batch without an event. */
const answer: Answer = (request, response) => {
  if (request.path !== '/v1/batch') return wellAnswer(request, response)
  const user = Buffer.from(String(request.headers.authorization).slice(6), 'base64').toString()
  if (user === 'good:') response.writeHead(400).end('empty batch payload\n')
  else response.writeHead(401).end('invalid write key\n')
}
const receiver = useReceiver(answer)

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
interface Check {
  readonly check: string
  readonly state: string
  readonly says: string
  readonly remedy?: string
}
const doctor = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
  const { code, stdout } = await run(process.execPath, [main, 'doctor', '--json', ...args], place, env)
  const checks = JSON.parse(stdout) as Check[]
  return { code, checks, of: (name: string) => checks.find(({ check }) => check.startsWith(name)) }
}
const keyFile = (key: string): string => {
  const file = join(place.home, 'key')
  writeFileSync(file, `${key}\n`)
  return file
}

describe('without a problem', () => {
  test('doctor says so, and the endpoints get no event', async () => {
    const args = ['--otlp-endpoint', receiver.url, '--rudder-url', receiver.url, '--write-key-file', keyFile('good')]
    const { code, checks } = await doctor(args)
    expect(code).toBe(0)
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(receiver.requests.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/traces', '{"resourceSpans":[]}'],
      ['/v1/batch', '{"batch":[]}'],
    ])
    const { stdout } = await run(process.execPath, [main, 'doctor', ...args], place)
    expect(stdout).toMatch(/^✓ choice: telemetry is on[^]*✓ RudderStack at 127\.0\.0\.1:\d+: it answers$/m)
  })

  test('doctor sends no request while telemetry is off', async () => {
    const { code, of } = await doctor(['--otlp-endpoint', receiver.url], { DO_NOT_TRACK: '1' })
    expect(code).toBe(0)
    expect(of('endpoints')?.says).toBe('not asked, since telemetry is off')
    expect(receiver.requests).toEqual([])
  })
})

describe('an endpoint', () => {
  const problem = async (url: string, env: NodeJS.ProcessEnv = {}) => {
    const { code, of } = await doctor(['--otlp-endpoint', url], env)
    expect(code).toBe(1)
    return of('OTLP')
  }
  /** A port on which nothing listens. */
  const closedPort = 1

  test('without a listener is a problem', async () => {
    const found = await problem(`http://127.0.0.1:${closedPort}`)
    expect(found).toMatchObject({ state: 'problem', says: 'nobody listens there (ECONNREFUSED)' })
  })

  test('with an unknown name is a problem', async () => {
    expect((await problem('http://telemetry.invalid'))?.says).toMatch(/^its name is not known \(E/)
  })

  test('with an untrusted certificate is a problem, until a variable names the certificate', async () => {
    const { key, certificate } = certificateIn(place.cwd, 'localhost')
    const server = createTlsServer({ key, cert: certificate.content }, (request, response) => {
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `https://localhost:${(server.address() as AddressInfo).port}`
    const found = await problem(url)
    expect(found?.says).toMatch(/^its certificate is not trusted \(/)
    expect(found?.remedy).toContain('NODE_EXTRA_CA_CERTS')
    const { of } = await doctor(['--otlp-endpoint', url], { NODE_EXTRA_CA_CERTS: certificate.path })
    expect(of('OTLP')?.state).toBe('ok')
    server.closeAllConnections()
    server.close()
  })

  test.each([
    [401, 'it refuses the key (status 401)'],
    [404, 'there is nothing at this path (status 404)'],
    [410, 'it is gone for good (status 410)'],
    [302, 'it answers as no collector does (status 302)'],
  ])('that answers %d', async (status, says) => {
    receiver.answer = (_, response) => void response.writeHead(status).end()
    expect((await problem(receiver.url))?.says).toBe(says)
  })

  test('behind a captive portal is a problem', async () => {
    receiver.answer = (_, response) => void response.setHeader('content-type', 'text/html').end('<html>Log in</html>')
    expect((await problem(receiver.url))?.says).toBe('it answers as no collector does (status 200)')
  })

  test.each([429, 503])('that answers %d is a warning, since later runs send', async (status) => {
    receiver.answer = (_, response) => void response.writeHead(status).end()
    const { code, of } = await doctor(['--otlp-endpoint', receiver.url])
    expect({ code, state: of('OTLP')?.state }).toEqual({ code: 0, state: 'warning' })
  })

  test('behind a proxy that works is fine', async () => {
    receiver.answer = (_, response) => void response.setHeader('content-type', 'application/json').end('{}')
    const { of } = await doctor(['--otlp-endpoint', 'http://telemetry.example.org'], { http_proxy: receiver.url })
    expect(of('OTLP')?.state).toBe('ok')
    expect(receiver.requests.map(({ path }) => path)).toEqual(['http://telemetry.example.org/v1/traces'])
  })

  test("behind a proxy is requested through it, and the proxy's password is not shown", async () => {
    const found = await problem('http://telemetry.example.org', {
      http_proxy: `http://me:hunter2@127.0.0.1:${closedPort}`,
    })
    expect(found?.says).toMatch(/^nobody listens there \(ECONNREFUSED\), through the proxy 127\.0\.0\.1:\d+$/)
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })

  test('of RudderStack with another key is a problem', async () => {
    const args = ['--rudder-url', receiver.url, '--write-key-file', keyFile('bad')]
    const { code, of } = await doctor(args)
    expect(code).toBe(1)
    expect(of('RudderStack')).toMatchObject({ says: 'it refuses the key (status 401)' })
  })
})

describe('on this machine', () => {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  test('a choice that cannot be read is a problem', async () => {
    write(consentFile(place), 'garbage')
    const { code, of } = await doctor()
    expect(code).toBe(1)
    expect(of('choice')?.remedy).toContain('write it anew with "npx cq-telemetry enable" or "npx cq-telemetry disable"')
  })

  test('an id from the working directory is a warning', async () => {
    write(join(place.cwd, '.cq', 'telemetry-random-id'), '7d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1')
    expect((await doctor()).of('id')).toMatchObject({ state: 'warning', remedy: expect.stringContaining('delete it') })
  })

  test('a directory that others can write to is a warning', async () => {
    const spool = join(telemetryDirectory(place), 'spool')
    mkdirSync(spool, { recursive: true })
    chmodSync(spool, 0o777)
    expect((await doctor()).of('files')).toMatchObject({ state: 'warning', remedy: `chmod go-w ${spool}` })
  })

  test.each<[string, (path: string) => void]>([
    ['a file', (path) => write(path, '')],
    ['a link to nowhere', (path) => symlinkSync('/nowhere', path)],
    ['a link to itself', (path) => symlinkSync(path, path)],
  ])('%s in the place of the directory is a problem', async (_, put) => {
    put(join(place.home, '.cq'))
    const { code, of } = await doctor()
    expect({ code, state: of('files')?.state }).toEqual({ code: 1, state: 'problem' })
  })

  test('a variable that names no certificate is a problem', async () => {
    const { code, of } = await doctor([], { SSL_CERT_FILE: '/nowhere.pem' })
    expect({ code, says: of('certificates')?.says }).toEqual({
      code: 1,
      says: 'SSL_CERT_FILE names /nowhere.pem, which is no file',
    })
  })

  test('a delivery that failed is a warning, with the time of the next', async () => {
    receiver.answer = (_, response) => void response.writeHead(404).end()
    for (let run = 0; run < 2; run++)
      await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual', NOTICE: 'anywhere' })
    await runChild(jobFor(place, receiver.url))
    expect((await doctor()).of('delivery to rudder')).toMatchObject({
      state: 'warning',
      says: expect.stringMatching(/^status 404: .* at .*, 1 times in a row, again not before \d{4}-/),
    })
  })
})
