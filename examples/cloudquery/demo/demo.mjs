// The whole thing on one machine: a real database, a real command, and every byte that would leave. `npm run demo`.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { startReceiver } from './receiver.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const cli = path('../bin/cloudquery.js')
const policy = path('../policies/postgres-basics.yml')

// As root the database server runs under another account, which must be able to look in here.
const place = mkdtempSync(join(tmpdir(), 'cq-demo-'))
chmodSync(place, 0o711)
const home = join(place, 'home')
mkdirSync(home)

const paint = (style, text) => (process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text)
const say = (text = '') => console.log(text)
const heading = (text) => say(`\n${paint('bold', `== ${text}`)}`)

let running
let cancelled = false
const cancel = (signal) => {
  cancelled = true
  running?.kill(signal)
}
process.on('SIGINT', () => cancel('SIGINT'))
process.on('SIGTERM', () => cancel('SIGTERM'))

/** Runs the command in the demo's place; nothing of the caller's environment decides about telemetry. */
const cloudquery = (args, env = {}) => {
  say(paint('dim', `$ cloudquery ${args.join(' ').replace(policy, 'postgres-basics.yml')}`))
  return new Promise((resolve, reject) => {
    running = spawn(process.execPath, [cli, ...args], {
      cwd: place,
      // Its own process group: a Ctrl-C in the terminal reaches it once, through the handler above.
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        USERPROFILE: home,
        TMPDIR: tmpdir(),
        SystemRoot: process.env.SystemRoot,
        ...env,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    running.on('error', reject)
    running.on('close', (code) => (cancelled ? reject(new Error('cancelled')) : resolve(code)))
  })
}

const expect = (right, what) => {
  if (!right) throw new Error(`the demo expected ${what}`)
}

const logged = (message) =>
  readFileSync(join(place, 'cloudquery.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => line.message === message)

const inspect = async () => {
  heading('1. A fetch that shows its telemetry and sends nothing')
  expect((await cloudquery(['fetch', '--inspect-telemetry'])) === 0, 'the fetch to end with exit code 0')

  heading('2. A policy over what was fetched; a check that fails ends with exit code 1, and is no error')
  expect((await cloudquery(['policy', 'run', policy, '--inspect-telemetry'])) <= 1, 'the policy run to end with 0 or 1')

  heading('3. One track event of cloudquery.log, as Rudder would get it')
  const event = logged('inspect analytics event').find(
    (line) => line.event === 'fetch' && line.data.properties.fetch_provider === 'host',
  )
  expect(event, 'a "fetch" event in the log')
  say(JSON.stringify(event.data, null, 2))
}

const showArrived = ({ path: at, bytes, json }) => {
  const events = json.batch?.map(({ event }) => event)
  const spans = json.resourceSpans?.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans.map(({ name }) => name)),
  )
  const what = events
    ? `${events.length} track calls: ${events.join(', ')}`
    : `${spans.length} spans: ${spans.join(', ')}`
  say(`POST ${at}  ${bytes} bytes compressed  ${what}`)
}

const arrived = ({ requests }, at) => requests.some((request) => request.path === at)

/** On a slow machine half a second is not enough for the child; what it has not sent goes with the next run. */
const restOn = async (receiver, next) => {
  for (let runs = 0; runs < 10 && !(arrived(receiver, '/v1/traces') && arrived(receiver, '/v1/batch')); runs++)
    await next()
}

const deliver = async () => {
  heading('4. The same fetch, delivered to a receiver on this machine')
  say('(CI=true: in CI the notice and the sending share one run; elsewhere the first run is only kept.)')
  const receiver = await startReceiver()
  try {
    const env = { CI: 'true', CQ_OTLP_ENDPOINT: receiver.url, CQ_RUDDER_URL: receiver.url, CQ_RUDDER_WRITE_KEY: 'demo' }
    expect((await cloudquery(['fetch'], env)) === 0, 'the fetch to end with exit code 0')
    await restOn(receiver, () => cloudquery(['version'], env))
    heading('5. What arrived')
    receiver.requests.forEach(showArrived)
    expect(arrived(receiver, '/v1/traces'), 'a request for OTLP')
    expect(arrived(receiver, '/v1/batch'), 'a request for Rudder')
  } finally {
    receiver.close()
  }
}

try {
  await inspect()
  await deliver()
  say(`\n${paint('green', 'Done.')} docs/telemetry.md says what is collected and why.`)
} catch (error) {
  if (!cancelled) console.error(`\n${error.message}`)
  process.exitCode = cancelled ? 130 : 1
} finally {
  rmSync(place, { recursive: true, force: true })
}
