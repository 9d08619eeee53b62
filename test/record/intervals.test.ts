import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fs } from '../../src/machine/node.ts'
import { Intervals } from '../../src/record/intervals.ts'
import { IntervalFiles, leftOutIn } from '../../src/spool/interval-files.ts'
import { everyName, record } from '../support/record.ts'
import { withinOneDay } from '../support/one-day.ts'

/** Operations that are recorded once in so many seconds. Each `Intervals` is one process, and the files are those of all. */

withinOneDay()

let directory: string
let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'intervals-'))
  directory = join(parent, 'telemetry', 'intervals')
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

const files = (mayWrite = () => true) => new IntervalFiles(directory, mayWrite)
const seconds = { lint: 3600 }
const intervals = (of: Readonly<Record<string, number>> = seconds) => new Intervals(of, files(), () => true)

const at = (time: string): number => Date.parse(`2026-11-26T${time}Z`)

describe('after one at 10:00', () => {
  test.each([
    ['an hour later', at('11:00:00'), false],
    ['a millisecond before that', at('11:00:00') - 1, true],
    ['at the same time', at('10:00:00'), true],
    ['before it, since the clock was set back', at('09:59:59'), false],
    ['on another day', Date.parse('2026-11-27T10:00:00Z'), false],
  ])('one %s is left out: %3$s', (_, started, isLeftOut) => {
    const first = intervals()
    expect(first.leavesOut('lint', at('10:00:00'))).toBe(false)
    first.attributes('lint', at('10:00:00'))
    expect([first, intervals()].map((process) => process.leavesOut('lint', started))).toEqual([isLeftOut, isLeftOut])
  })
})

test('a new day (UTC) begins a new interval, so that its users are known', () => {
  const process = intervals({ lint: 86_400 })
  process.attributes('lint', at('23:59:59'))
  expect(process.leavesOut('lint', at('23:59:59.999'))).toBe(true)
  expect(process.leavesOut('lint', at('23:59:59.999') + 1)).toBe(false)
})

test.each(['build', '', 'toString', '__proto__', 'lint '])('%j, which has no interval, is always recorded', (name) => {
  const process = intervals()
  expect(process.attributes(name, at('10:00:00'))).toEqual({})
  expect(process.leavesOut(name, at('10:00:01'))).toBe(false)
  process.end(false)
  expect(() => readdirSync(directory)).toThrow('ENOENT')
})

test.each(['lint', 'policy run', '../../x', 'a/b\\c', '..', '', 'überprüfen', '\u0000', '__proto__'])(
  'an operation named %j is counted in its own file',
  (name) => {
    const of = { ...seconds, ...Object.fromEntries([[name, 60]]) }
    const process = intervals(of)
    process.attributes(name, at('10:00:00'))
    process.count(name)
    process.count(name)
    process.end(false)
    expect(readdirSync(parent)).toEqual(['telemetry'])
    expect(readdirSync(directory)).toHaveLength(1)
    expect(leftOutIn(directory, name)).toBe(2)
    expect(intervals(of).attributes(name, at('10:02:00'))).toEqual({ 'cq.sample.left_out': 2 })
    expect(leftOutIn(directory, name)).toBe(0)
  },
)

test.each([1, 114, 115, 122])('a name of %i characters is counted each time', (length) => {
  const of = { ['x'.repeat(length)]: 60 }
  for (const time of ['10:00:00', '10:02:00', '10:04:00']) {
    const expected = time === '10:00:00' ? {} : { 'cq.sample.left_out': 1 }
    expect(intervals(of).attributes('x'.repeat(length), at(time))).toEqual(expected)
    const process = intervals(of)
    expect(process.leavesOut('x'.repeat(length), at(time) + 1)).toBe(true)
    process.count('x'.repeat(length))
    process.end(false)
  }
  expect(readdirSync(directory)).toHaveLength(1)
})

test('if another process records at the same moment, the number that was taken is not lost', () => {
  intervals().attributes('lint', at('10:00:00'))
  files().add(7, 'lint')
  const rename = fs.renameSync
  const spy = vi.spyOn(fs, 'renameSync').mockImplementationOnce((from, to) => {
    rename(from, to)
    writeFileSync(from, `${at('11:30:00')}\n`)
  })
  expect(intervals().attributes('lint', at('11:30:00'))).toEqual({ 'cq.sample.left_out': 7 })
  expect(spy).toHaveBeenCalled()
  spy.mockRestore()
  expect(intervals().attributes('lint', at('11:30:01'))).toEqual({})
})

test('a name that is too long for a file is recorded each time', () => {
  const name = 'x'.repeat(200)
  const process = () => intervals({ [name]: 60 })
  expect(process().attributes(name, at('10:00:00'))).toEqual({})
  expect(process().leavesOut(name, at('10:00:01'))).toBe(false)
})

test('the numbers of many processes come to one of those that record next', () => {
  intervals().attributes('lint', at('10:00:00'))
  for (let nth = 0; nth < 50; nth++) {
    const process = intervals()
    for (let more = 0; more <= nth; more++) process.count('lint')
    process.end(false)
  }
  const taken = [intervals(), intervals()].map((process) => process.attributes('lint', at('11:30:00')))
  expect(taken).toEqual([{ 'cq.sample.left_out': (50 * 51) / 2 }, {}])
})

test('those of the same process are taken by its next one, without the disk', () => {
  const process = new Intervals(
    seconds,
    files(() => false),
    () => true,
  )
  process.attributes('lint', at('10:00:00'))
  expect(process.leavesOut('lint', at('10:00:01'))).toBe(true)
  for (let nth = 0; nth < 3; nth++) process.count('lint')
  process.count('lint', -1)
  expect(process.attributes('lint', at('11:00:00'))).toEqual({ 'cq.sample.left_out': 2 })
})

describe('the run', () => {
  const earlier = (started: number) => intervals().runAttributes(started)
  test.each([
    ['of a day whose first run is known', at('00:00:00'), true],
    ['of a day whose first run is not known', at('00:00:00') - 1, false],
  ])('%s is left out with its operations: %3$s', (_, before, isLeftOut) => {
    earlier(before)
    intervals().attributes('lint', at('10:00:00'))
    const process = intervals()
    process.count('lint')
    expect(process.leavesRunOut(at('10:00:01'))).toBe(isLeftOut)
    process.end(isLeftOut)
    expect(leftOutIn(directory)).toBe(isLeftOut ? 1 : 0)
    expect(leftOutIn(directory, 'lint')).toBe(1)
  })

  test('without an operation that was left out is recorded', () => {
    earlier(at('10:00:00'))
    expect(intervals().leavesRunOut(at('10:00:01'))).toBe(false)
  })

  test('with an id that no earlier run has sent begins no interval', () => {
    const process = new Intervals(seconds, files(), () => false)
    expect(process.runAttributes(at('10:00:00'))).toEqual({})
    process.count('lint')
    expect(process.leavesRunOut(at('10:00:01'))).toBe(false)
  })

  test('that is recorded says how many were not', () => {
    earlier(at('10:00:00'))
    for (let nth = 0; nth < 3; nth++) {
      const process = intervals()
      process.count('lint')
      process.end(true)
    }
    expect(earlier(at('10:01:00'))).toEqual({ 'cq.sample.left_out': 3 })
    expect(earlier(at('10:01:00'))).toEqual({})
  })
})

describe('a file that is no file of ours', () => {
  const path = () => join(directory, `operation-${Buffer.from('lint').toString('hex')}`)
  const now = at('10:00:01')
  test.each([
    ['is empty', () => writeFileSync(path(), '')],
    ['is a directory', () => mkdirSync(path())],
    ['is a link', () => symlinkSync('/etc/passwd', path())],
    ['has no time', () => writeFileSync(path(), 'NaN\n-5\n')],
    ['has binary', () => writeFileSync(path(), Buffer.from([0, 255, 10, 0, 10]))],
    ['has only a number, because its first line was taken', () => writeFileSync(path(), '7\n')],
    ['is too long', () => writeFileSync(path(), `${at('10:00:00')}\n${'1\n'.repeat(40_000)}`)],
  ])('%s: the operation is recorded', (_, make) => {
    mkdirSync(directory, { recursive: true })
    make()
    const process = intervals()
    expect(process.leavesOut('lint', now)).toBe(false)
    expect(process.attributes('lint', now)).toEqual({})
  })

  test('is believed up to a thousand million, and its text is not', () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(path(), `${at('10:00:00')}\n-5\n1e9\n0x10\n 7\n999999999999999\n12\n`)
    expect(intervals().attributes('lint', now)).toEqual({ 'cq.sample.left_out': 1e9 })
  })

  test('begins a new interval while it can still be read', () => {
    intervals().attributes('lint', at('10:00:00'))
    const lines = 20_000
    writeFileSync(path(), `${readFileSync(path(), 'utf8')}${'1\n'.repeat(lines)}`)
    expect(intervals().leavesOut('lint', now)).toBe(false)
    expect(intervals().attributes('lint', now)).toEqual({ 'cq.sample.left_out': lines })
  })
})

test('after a no nothing is written', () => {
  const process = new Intervals(
    seconds,
    files(() => false),
    () => true,
  )
  process.attributes('lint', at('10:00:00'))
  process.count('lint')
  process.runAttributes(at('10:00:00'))
  process.end(true)
  expect(readdirSync(parent)).toEqual([])
})

describe('what is recorded', () => {
  const start = (of = intervals()) =>
    record(everyName, {}, {}, undefined, undefined, { perMillion: () => 1_000_000, intervals: of, showsAll: false })
  const recordedBy = (work: (run: ReturnType<typeof record>) => void, exitCode = 0): string[] => {
    const run = start()
    work(run)
    run.end(exitCode)
    return run.spans.map(({ type, name, attributes }) => {
      const more = ['cq.success', 'cq.sample.left_out', 'cq.spans.recorded'].map((key) => attributes[key])
      return [type, name, ...more].filter((each) => each !== undefined).join(' ')
    })
  }
  const lint = (run: ReturnType<typeof record>) =>
    run.operations.operation('lint', (operation) =>
      operation.provider({ name: 'aws' }, (aws) => aws.resource('ec2.instances', () => undefined)),
    )
  const throwing = (run: ReturnType<typeof record>) =>
    expect(() =>
      run.operations.operation('lint', (operation) =>
        operation.provider({ name: 'aws' }, () => {
          throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
        }),
      ),
    ).toThrow('x')

  let first: string[]
  beforeEach(() => {
    first = recordedBy(lint)
  })

  test('of the first run is everything', () => {
    expect(first).toEqual([
      'resource ec2.instances true',
      'provider aws true',
      'operation lint true',
      'run mytool true 4',
    ])
  })

  test('of a run that only repeats an operation is nothing', () => {
    expect(recordedBy(lint)).toEqual([])
    expect(
      recordedBy((run) => {
        lint(run)
        lint(run)
      }),
    ).toEqual([])
    expect([leftOutIn(directory, 'lint'), leftOutIn(directory)]).toEqual([3, 2])
  })

  test('of a run with another operation is that operation', () => {
    recordedBy(lint)
    expect(
      recordedBy((run) => {
        lint(run)
        run.operations.operation('build', () => undefined)
      }),
    ).toEqual(['operation build true', 'run mytool true 1 2'])
    expect([leftOutIn(directory, 'lint'), leftOutIn(directory)]).toEqual([2, 0])
  })

  test('of an operation that fails is the operation with its sums, without the spans below it', () => {
    recordedBy(lint)
    expect(recordedBy(throwing)).toEqual(['operation lint false 1', 'run mytool true 1 2'])
  })

  test('of one whose run fails by its exit code is both', () => {
    recordedBy(lint)
    expect(recordedBy(lint, 1)).toEqual(['operation lint false 1', 'run mytool false 1 2'])
    expect([leftOutIn(directory, 'lint'), leftOutIn(directory)]).toEqual([0, 0])
  })

  test('of one that succeeds before the run crashes is both, and the crash', () => {
    const crashed = recordedBy((run) => {
      lint(run)
      run.uncaught(new TypeError('x'), 'uncaught')
    }, 1)
    expect(crashed.map((each) => each.split(' ').slice(0, 3).join(' ')).sort()).toEqual([
      'crash crash false',
      'operation lint false',
      'run mytool false',
    ])
  })

  test('of one that is open when the process ends is nothing', () => {
    expect(recordedBy((run) => void run.operations.operation('lint', () => new Promise(() => undefined)))).toEqual([])
    expect(leftOutIn(directory, 'lint')).toBe(1)
  })

  test('of a run with two operations that fails is the run: it is not known which has failed', () => {
    const twice = (run: ReturnType<typeof record>) => {
      lint(run)
      lint(run)
    }
    expect(recordedBy(twice, 1)).toEqual(['run mytool false 1'])
    expect(leftOutIn(directory, 'lint')).toBe(2)
  })

  test('of a plain span with another name at its end is the span, and no file has that name', () => {
    const kept = readdirSync(directory)
    const renamed = recordedBy(({ tracer }) => {
      const attributes = { 'cq.span.type': 'operation', 'cq.operation.name': 'lint' }
      tracer.startSpan('x', { attributes }).setAttribute('cq.operation.name', 'other').end()
    })
    expect(renamed).toEqual(['operation other true', 'run mytool true 2'])
    expect(readdirSync(directory)).toEqual(kept)
  })

  test('where the choice cannot be read or written is everything', () => {
    const fail = () => {
      throw new Error('EROFS')
    }
    const run = start(new Intervals({ build: 60 }, files(fail), fail))
    run.operations.operation('build', () => undefined)
    run.end(0)
    expect(run.spans.map(({ type }) => type)).toEqual(['operation', 'run'])
  })

  test('of a run without operations is the run', () => {
    expect(recordedBy(() => undefined)).toEqual(['run mytool true 1'])
  })
})
