import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readChoice } from '../../src/consent/choice.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { frameworks } from '../support/hosts.ts'
import { type Ended, newPlace, type Place, run } from '../support/program.ts'
import { type Receiver, spansOf, startReceiver } from '../support/receiver.ts'
import { shellWords, startOnTerminal } from '../support/terminal.ts'

/** `consent: 'ask'` with the adapter of each framework, on a real terminal: each way to answer, and where nobody is asked. */

const preload = new URL('../fixtures/preload/short-answer.cjs', import.meta.url).pathname
const no = { kind: 'disabled' }
const none = { kind: 'none' }

/** What is typed, the exit code, the end of the output, and the choice that is kept. Undefined: nothing is typed. */
const answers: Record<string, readonly [string | undefined, number, RegExp, object]> = {
  yes: [
    'y\n',
    0,
    /\[y\/N\] y\r\nTelemetry is on from the next run\..*\r\nHello, Ann!\r\n$/,
    { kind: 'enabled', chosen: true },
  ],
  no: ['n\n', 0, /\[y\/N\] n\r\nTelemetry stays off\..*\r\nHello, Ann!\r\n$/, no],
  'no answer in time': [undefined, 0, /\[y\/N\] \r\nTelemetry stays off\..*\r\nHello, Ann!\r\n$/, no],
  'Ctrl-C': ['\u0003', 130, /\[y\/N\] \^C$/, none],
}

interface Tried {
  readonly place: Place
  readonly receiver: Receiver
  readonly ended: Ended
}

describe.each(frameworks)('%s', (framework) => {
  const file = framework === 'oclif' ? 'oclif-run' : framework
  const program = new URL(`../../examples/frameworks/dist/${file}.js`, import.meta.url).pathname
  const words = (...args: string[]) => shellWords(process.execPath, [program, ...args])
  const env = ({ url }: Receiver) => ({
    GREET_OPTIONS: JSON.stringify({ consent: 'ask', delivery: 'inline' }),
    GREET_OTLP_ENDPOINT: url,
  })
  const filesOf = ({ home }: Place) => layoutOf(join(home, '.greet', 'telemetry'))

  const tryOne = async (use: (place: Place, receiver: Receiver) => Promise<Ended>): Promise<Tried> => {
    const place = newPlace()
    const receiver = await startReceiver()
    return { place, receiver, ended: await use(place, receiver) }
  }
  const answered = (keys: string | undefined) =>
    tryOne(async (place, receiver) => {
      const hurry = keys === undefined ? { NODE_OPTIONS: `--require ${preload}` } : {}
      // Without a shell between the terminal and the tool, which would have a say in Ctrl-C.
      const running = startOnTerminal(`exec ${words('hello', 'Ann')}`, place, { ...env(receiver), ...hurry })
      await running.says('[y/N] ')
      if (keys !== undefined) running.type(keys)
      return running.ended
    })
  const notAsked = () => {
    const lines = [words('--help'), words('telemetry', 'status'), words('s3cret')]
    lines.push(words('hello', 'Ann', '--no-telemetry'), `${words('hello', 'Ann')} | cat`)
    return tryOne((place, receiver) => startOnTerminal(lines.join('\n'), place, env(receiver)).ended)
  }

  let tried: Record<string, Tried>
  let aside: Tried
  beforeAll(async () => {
    const all = await Promise.all([notAsked(), ...Object.values(answers).map(([keys]) => answered(keys))])
    aside = all[0]
    tried = Object.fromEntries(Object.keys(answers).map((name, at) => [name, all[at + 1] as Tried]))
  })
  afterAll(async () => {
    for (const { place, receiver } of [aside, ...Object.values(tried)]) {
      await receiver.close()
      place.remove()
    }
  })

  test.each(Object.entries(answers))('keeps %s, and records nothing', (name, [, code, says, choice]) => {
    const { place, receiver, ended } = tried[name] as Tried
    expect(ended.stdout).toMatch(says)
    expect(ended.code).toBe(code)
    expect(ended.stdout.split('[y/N] ')).toHaveLength(2)
    const { consent, spool } = filesOf(place)
    expect(readChoice(consent)).toMatchObject(choice)
    expect([existsSync(spool), existsSync(join(place.home, '.greet', 'telemetry-random-id'))]).toEqual([false, false])
    expect(receiver.requests).toEqual([])
  })

  test('sends the run after a yes, without a notice', async () => {
    const { place, receiver } = tried['yes'] as Tried
    const { stdout, stderr } = await run(process.execPath, [program, 'hello', 'Ann'], place, env(receiver))
    expect([stdout, stderr]).toEqual(['Hello, Ann!\n', ''])
    const names = spansOf(receiver.requests).map(({ name }) => name)
    expect(names.sort()).toEqual(['greet', 'hello'])
  })

  test('does not ask for help, telemetry commands, a mistake, --no-telemetry or in a pipe', () => {
    const { stdout } = aside.ended
    expect(stdout).not.toContain('[y/N]')
    expect(stdout.split('Hello, Ann!')).toHaveLength(3)
    expect(existsSync(filesOf(aside.place).consent)).toBe(false)
  })
})
