import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { basename, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { certificateIn } from '../support/certificate.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import { childOf } from '../support/runtimes.ts'
import { sawNotice } from '../support/spool.ts'

/** What the child is given means in `/` what it meant in the host's working directory. */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

describe('of the variables', () => {
  const script = new URL('../fixtures/runtimes/tool.cjs', import.meta.url).pathname
  let pid: number | undefined
  afterEach(() => pid !== undefined && process.kill(pid, 'SIGKILL'))

  /** Runs the tool, and reads the environment of its child, which waits for an answer. */
  const environmentOfChild = async (env: NodeJS.ProcessEnv): Promise<Map<string, string>> => {
    receiver.answer = () => undefined
    const { code, stdout } = await run(process.execPath, [script], place, { ENDPOINT: receiver.url, ...env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'built\n' })
    await expect.poll(() => receiver.requests.length, { timeout: 60_000 }).toBe(1)
    pid = childOf(place)
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  }

  /** `%` stands for the working directory. */
  const rows: readonly (readonly [name: string, value: string, means: string])[] = [
    ['NODE_EXTRA_CA_CERTS', 'ca.pem', '%/ca.pem'],
    ['NODE_EXTRA_CA_CERTS', './certs/../ca.pem', '%/ca.pem'],
    ['NODE_EXTRA_CA_CERTS', '/etc/ca.pem', '/etc/ca.pem'],
    ['SSL_CERT_FILE', 'ca.pem', '%/ca.pem'],
    ['SSL_CERT_DIR', 'certs:/etc/ssl:more', '%/certs:/etc/ssl:%/more'],
    ['TMPDIR', '.', '%'],
    ['TEMP', 'tmp', '%/tmp'],
    ['TMP', 'tmp', '%/tmp'],
    ['APPDATA', 'data', '%/data'],
    ['LOCALAPPDATA', 'data', '%/data'],
    ['USERPROFILE', 'home', '%/home'],
    ['PATH', 'node_modules/.bin:/usr/bin::/bin', '%/node_modules/.bin:/usr/bin:%:/bin'],
    ['LD_LIBRARY_PATH', 'lib:/usr/lib', '%/lib:/usr/lib'],
    ['NO_PROXY', '127.0.0.1,./x', '127.0.0.1,./x'],
    ['https_proxy', 'proxy:3128', 'proxy:3128'],
    ['no_proxy', '', ''],
  ]

  test.each(rows)('%s=%s is %s in the child, though the host changes its directory', async (name, value, means) => {
    const child = await environmentOfChild({ [name]: value, CHDIR: '/' })
    expect(child.get(name)).toBe(means.replaceAll('%', place.cwd))
  })

  test('a relative HOME is the same home in the child', async () => {
    const child = await environmentOfChild({ HOME: relative(place.cwd, place.home), CHDIR: '/' })
    expect(child.get('HOME')).toBe(place.home)
  })
})

describe('a relative path of a certificate', () => {
  const spans: string[] = []
  let server: ReturnType<typeof createServer>
  let env: NodeJS.ProcessEnv
  beforeEach(async () => {
    spans.length = 0
    const { key, certificate } = certificateIn(place.cwd, 'localhost')
    server = createServer({ key, cert: certificate.content }, (request, response) => {
      request.resume().on('end', () => {
        spans.push(String(request.url))
        response.setHeader('content-type', 'application/json').end('{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    const { port } = server.address() as AddressInfo
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${port}`, CERTIFICATE: basename(certificate.path) }
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  test.each(['NODE_EXTRA_CA_CERTS', 'OTEL_EXPORTER_OTLP_CERTIFICATE', 'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE'])(
    'in %s is trusted by the child',
    async (name) => {
      const { code } = await runFixture('fetch.mjs', place, { ...env, [name]: env['CERTIFICATE'] })
      expect(code).toBe(0)
      await expect.poll(() => spans, { timeout: 60_000 }).toEqual(['/v1/traces'])
    },
  )

  test('in none is not', async () => {
    let refused = 0
    server.on('tlsClientError', () => (refused += 1))
    await runFixture('fetch.mjs', place, env)
    await expect.poll(() => refused, { timeout: 60_000 }).toBeGreaterThan(0)
    expect(spans).toEqual([])
  })
})
