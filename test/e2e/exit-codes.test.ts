import { beforeEach, expect, test } from 'vitest'
import { usePlace } from '../support/place.ts'
import { type Ended, runFixture } from '../support/program.ts'
import { batchesIn, sawNotice, states } from '../support/spool.ts'

/** The record of a run says with what the process ended, whatever its listeners do after ours or before. */

const place = usePlace()
beforeEach(() => sawNotice(place))

const end = (kind: string, env: NodeJS.ProcessEnv) =>
  runFixture('ends/kinds.mjs', place, { RUDDER_URL: 'http://127.0.0.1:1', ...env }, [kind])

/**
 * Without the frames of Node's own code, which differ with the number of listeners, and without our frame between a handler of
 * errors and Node.
 */
const comparable = ({ code, signal, stdout, stderr }: Ended) => ({
  code,
  signal,
  stdout,
  stderr: stderr.replaceAll(/^ +at .*(?:node:|\/dist\/index\.js:).*\n/gm, ''),
})

/** Operations and crashes, and the code of the run. */
const recorded = () =>
  batchesIn(place)
    .flatMap(({ spans }) => spans)
    .map(({ type, name, attributes }) =>
      [type === 'run' ? `run ${String(attributes['process.exit.code'])}` : `${type} ${name}`]
        .concat(attributes['cq.success'] === false && type !== 'run' ? ['failed'] : [])
        .join(' '),
    )
    .sort()

const both = ['operation first', 'operation second']
const crashed = ['crash crash failed', ...both]

test.each<[kind: string, code: number, what?: readonly string[]]>([
  ['exit in an action', 4, ['operation first', 'operation second failed']],
  ['exit after an action', 4],
  ['an exit code as a text', 3],
  ['an exit with a text', 8],
  ['an exit code beyond a byte', 7],
  ['an exit code below zero', 255],
  ['a code set by a listener', 7],
  ['a code set by a listener after exit', 7],
  ['a code taken back by a listener', 0],
  ['a code removed by a listener', 0],
  ['exit in a listener', 9],
  ['exit in a listener after exit', 9],
  ['exit in an earlier listener', 9],
  ['exit in an earlier listener after exit', 9],
  ['a listener that throws', 1, crashed],
  ['a listener that throws after exit', 3, crashed],
  ['an earlier listener that throws', 1, crashed],
  ['a listener that throws and is handled', 0],
  ['a listener that is added late', 6],
  ['a listener that is added at beforeExit', 6],
  ['a listener that a listener adds', 0],
  ['an error of which a monitor adds listeners', 1, crashed],
  ['an operation in a listener', 0],
  ['an operation in a listener after exit', 3],
  ['an operation in an earlier listener', 0],
  ['work at beforeExit', 0],
  ['a code set at beforeExit', 2],
  ['reallyExit', 5],
  ['a patched reallyExit', 6],
  ['a reallyExit that is set back', 5],
  ['a patched emit', 7],
  ['an error', 1, crashed],
  ['an error that is no object', 1, crashed],
  ['an error and a listener that sets the code', 12, crashed],
  ['an error that is handled', 0],
  ['an error whose handler exits', 4],
  ['an error whose handler throws', 7, crashed],
  ['an error that is captured', 0],
  ['two errors, one of them handled', 1, crashed],
  ['a rejection', 1, crashed],
  ['a rejection that is handled', 0],
  ['an await that never settles', 13],
  ['an operation that never settles', 13, ['operation first', 'operation second failed']],
  ['a signal that is handled', 143],
  ['a signal that is ignored', 0],
  ['a child in between', 3],
  ['a worker in between', 0],
])('%s: the process ends with %d, and so does its record', async (kind, code, what = both) => {
  const without = await end(kind, { CQ_NO_TELEMETRY: '1' })
  expect(states(place)).toEqual([])
  const ended = await end(kind, {})
  expect(comparable(ended)).toEqual(comparable(without))
  expect(ended.code).toBe(code)
  expect(states(place)).toEqual(['jsonl'])
  expect(recorded()).toEqual([...what, `run ${code}`].sort())
})
