import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { usePlace } from '../support/place.ts'
import { type Ended, run } from '../support/program.ts'
import { batchesIn, sawNotice } from '../support/spool.ts'

/** What Node prints of an error that nobody catches is the same with telemetry: the line, the caret, and the host's frames first. */

const place = usePlace()
beforeEach(() => {
  sawNotice(place)
  for (const name of ['broken.mjs', 'broken.cjs']) writeFileSync(join(place.cwd, name), 'const broken = (\n')
})

const fixture = new URL('../fixtures/errors/errors.cjs', import.meta.url).pathname
const fail = (how: string, kind: string, flags: readonly string[]) =>
  run(process.execPath, [...flags, fixture, how, kind], place)

/** Frames in a stack are ten at most, and the call of the operation takes some of them, behind those of the host's handler. */
const comparable = ({ code, signal, stdout, stderr }: Ended) => {
  const isOutside = (line: string) =>
    /^ +(?:at .*(?:node:|\/dist\/(?:index\.js|run\.cjs):|Object\.<anonymous>|bare|operation)|\.\.\. \d+ lines matching)/.test(
      line,
    )
  return {
    code,
    signal,
    stdout,
    stderr: stderr
      .replaceAll(/\(node:\d+\)/g, '')
      .split('\n')
      .filter((line) => !isOutside(line)),
  }
}

const kinds = ['sync', 'async', 'awaited', 'timer', 'text', 'undefined', 'rejected text', 'cause', 'cause, awaited']
const more = ['aggregate', 'aggregate, awaited', 'syntax error in a module', 'syntax error in a required file']
const others = ['missing module', 'properties', 'thrown by Node', 'emitted', 'nested']
const handled = ['handled', 'handler that throws', 'handled rejection']
const plain = [...kinds, ...more, ...others, ...handled].map((kind): [string, string[]] => [kind, []])
const modes = ['strict', 'throw', 'warn', 'warn-with-error-code', 'none'].flatMap((mode): [string, string[]][] =>
  ['async', 'awaited'].map((kind) => [kind, [`--unhandled-rejections=${mode}`]]),
)
const flagged = ['sync', 'awaited', 'timer', 'cause'].map((kind): [string, string[]] => [
  kind,
  ['--enable-source-maps'],
])

test.each([...plain, ...modes, ...flagged])('%s %j', async (kind, flags) => {
  const [bare, ended] = await Promise.all([fail('bare', kind, flags), fail('operation', kind, flags)])
  expect(comparable(ended)).toEqual(comparable(bare))
  const spans = batchesIn(place).flatMap(({ spans: each }) => each)
  const [operation] = spans.filter(({ type }) => type === 'operation')
  const [run] = spans.filter(({ type }) => type === 'run')
  expect(run?.attributes['process.exit.code']).toBe(bare.code)
  if (bare.code !== 0) expect(operation?.attributes['cq.success']).toBe(false)
})
