// The whole thing on one machine: a real database, a real command, and every byte that would leave. `npm run demo`.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { startCommand } from './command.mjs'
import { startReceiver } from './receiver.mjs'

const policy = fileURLToPath(new URL('../policies/postgres-basics.yml', import.meta.url))

// As root the database server runs under another account, which must be able to look in here.
const place = mkdtempSync(join(tmpdir(), 'cq-demo-'))
chmodSync(place, 0o711)
mkdirSync(join(place, 'home'))

/** Tries again while a child in the background still writes into it. */
const removePlace = (tries = 100) => {
  try {
    rmSync(place, { recursive: true, force: true })
  } catch (error) {
    if (tries === 0) throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    removePlace(tries - 1)
  }
}

const paint = (style, text) => (process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text)
const say = (text = '') => console.log(text)
const heading = (text) => say(`\n${paint('bold', `== ${text}`)}`)

const interrupted = 130
/** The exit code of a demo that does not go on. Nothing failed where its reader has read enough. */
let stopped
let running

/** Once: a terminal and npm both pass a Ctrl-C on, and a second one ends the command before it has cleaned up. */
const stop = (code) => {
  if (stopped !== undefined) return
  stopped = code
  if (code === interrupted) console.error('\nStopping. Waits for the command to stop its database.')
  running?.cancel()
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(interrupted))
for (const output of [process.stdout, process.stderr]) output.on('error', () => stop(0))

/** The command's exit code where its output has no reader any more. */
const brokenPipe = 141

/** Runs the command to its end, and returns its exit code. */
const cloudquery = async (args, waitsFor, env = {}) => {
  say(paint('dim', `$ cloudquery ${args.join(' ').replace(policy, 'postgres-basics.yml')}`))
  say(paint('dim', `  (waits for ${waitsFor})`))
  if (stopped === undefined) running = startCommand(place, args, env)
  const code = await running?.ended
  running = undefined
  if (code === brokenPipe) stop(0)
  if (stopped !== undefined) throw new Error('stopped')
  return code
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
const loggedEvent = (name) => logged('inspect analytics event').filter(({ event }) => event === name)

const inspect = async () => {
  heading('1. A fetch that shows its telemetry and sends nothing')
  const fetch = ['fetch', '--inspect-telemetry']
  const first = await cloudquery(fetch, 'PostgreSQL to set up and start a database, and for all of its tables')
  expect(first === 0, 'the fetch to end with exit code 0')

  heading('2. A policy over what was fetched; if it finds something, it ends with exit code 3, and is a success')
  const code = await cloudquery(
    ['policy', 'run', policy, '--inspect-telemetry'],
    'the database to start, and the checks',
  )
  expect(
    [0, 3].includes(code) && loggedEvent('policy run').length > 0,
    'the policy run to end with 0 or 3, and to be logged',
  )

  heading('3. One track event of cloudquery.log, as Rudder would get it')
  const event = loggedEvent('fetch').find(({ data }) => data.properties.fetch_provider === 'host')
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

const deliver = async () => {
  heading('4. The same fetch, delivered to a receiver on this machine')
  say('(CI=true: in CI the notice and the sending share one run; elsewhere the first run is only kept.)')
  const receiver = await startReceiver()
  try {
    const env = {
      CI: 'true',
      CQ_OTLP_ENDPOINT: receiver.url,
      CQ_RUDDER_URL: receiver.url,
      CQ_RUDDER_WRITE_KEY: 'demo',
      // The command waits half a second for what it sends; the demo shows what arrives, also on a busy machine.
      CQ_TELEMETRY_PATIENCE: '40',
    }
    const code = await cloudquery(['fetch'], 'the fetch, and for the receiver to answer the process that sends it', env)
    expect(code === 0, 'the fetch to end with exit code 0')
    heading('5. What arrived')
    receiver.requests.forEach(showArrived)
    for (const path of ['/v1/traces', '/v1/batch']) {
      expect(
        receiver.requests.some((request) => request.path === path),
        `a request to ${path}`,
      )
    }
  } finally {
    receiver.close()
  }
}

try {
  await inspect()
  await deliver()
  say(`\n${paint('green', 'Done.')} docs/telemetry.md says what is collected and why.`)
} catch (error) {
  if (stopped === undefined) console.error(`\n${error.message}`)
  process.exitCode = stopped ?? 1
} finally {
  removePlace()
}
