import { expect, test } from 'vitest'
import { type DeclaredOption, usedOptions } from '../../src/frameworks/adapter.ts'
import { recordedNames } from '../../src/frameworks/used-options.ts'

/** How the arguments are read for a parser that does not tell what the user gave. */

const declared: readonly DeclaredOption[] = [
  { names: ['output', 'o'], choices: ['json', 'table', 'text/plain', 5] },
  { names: ['dryRun', 'd'], boolean: true },
  { names: ['c', 'color'], boolean: true },
  { names: ['name', 'n', 'label'] },
  { names: ['v', 'verbose'], boolean: true },
  { names: ['x'], boolean: true },
  { names: ['no-cache'], boolean: true },
  { names: ['db.host'] },
  { names: ['level'], choices: ['1', 'high'] },
  { names: ['help', 'h'], boolean: true },
  { names: ['version'] },
]

test.each([
  ['', []],
  ['word -', []],
  ['--dry-run', ['dry-run']],
  ['--dryRun', ['dry-run']],
  ['-d', ['dry-run']],
  ['--d', ['dry-run']],
  ['--no-dry-run', ['dry-run=false']],
  ['--dry-run=false', ['dry-run=false']],
  ['--dry-run=s3cret', ['dry-run']],
  ['-c', ['color']],
  ['--no-color', ['color=false']],
  ['--no-cache', ['no-cache']],
  ['-x', ['x']],
  ['-vvv', ['verbose', 'verbose', 'verbose']],
  ['-dvx', ['dry-run', 'verbose', 'x']],
  ['--output json', ['output=json']],
  ['--output=json', ['output=json']],
  ['-ojson', ['output=json']],
  ['-o=json', ['output=json']],
  ['-do json', ['dry-run', 'output=json']],
  ['--output s3cret', ['output']],
  ['--output=json=s3cret', ['output']],
  ['--output', ['output']],
  ['--output --dry-run', ['output', 'dry-run']],
  ['--output text/plain', ['output=text/plain']],
  ['--level 1', ['level=1']],
  ['--label s3cret', ['name']],
  ['-ns3cretdvx', ['name']],
  ['-n s3cret -d', ['name', 'dry-run']],
  ['--name=--dry-run', ['name']],
  ['--db.host=s3cret', ['db.host']],
  ['--db.s3cret=1', []],
  ['--s3cret --s3cret=1 -s', []],
  ['--no-s3cret', []],
  ['--no- --no-no-color', []],
  ['--__proto__ --constructor=1 --toString --hasOwnProperty', []],
  ['-- --dry-run', []],
  ['-d -- -x', ['dry-run']],
  ['--', []],
  ['--= -=', []],
  ['--help -h', []],
  ['--version 1', ['version']],
])('%j has %j', (args, names) => {
  expect(usedOptions(args.split(' ').filter(Boolean), declared).flatMap(recordedNames)).toEqual(names)
})

test.each([
  ['--a x', { value: 'y' }, ['a=y']],
  ['--a x', { value: undefined }, []],
  ['--a', { value: false, boolean: true }, ['a=false']],
  ['--a x', { value: true }, ['a']],
  ['--a x', { value: {} }, ['a']],
  ['--a x', { value: ['x', 's3cret', 'z'] }, ['a=x', 'a=z']],
  ['--a s3cret', { value: false }, ['a']],
  ['--a=s3cret', { value: false, boolean: false }, ['a']],
  ['--no-a', { value: false }, ['a=false']],
])('of %j what the parser read counts: of %j %j', (args, read, names) => {
  const option = { names: ['a'], choices: ['x', 'y', 'z'], ...read }
  expect(usedOptions(args.split(' '), [option]).flatMap(recordedNames)).toEqual(names)
})

test('an option that is given ten thousand times takes linear time', () => {
  const argv = Array.from({ length: 10_000 }, () => ['--a', 'x']).flat()
  const read = { names: ['a'], choices: ['x'], value: Array.from({ length: 10_000 }, () => 'x') }
  expect(usedOptions(argv, [read])).toEqual([read])
  expect(new Set(usedOptions(argv, [{ names: ['a'], choices: ['x'] }]).flatMap(recordedNames))).toEqual(
    new Set(['a=x']),
  )
})

test('our own flags are no options of the program', () => {
  const own = ['telemetry', 'no-telemetry', 'noTelemetry', 'inspect-telemetry', 'debugTelemetry']
  expect(own.flatMap((name) => recordedNames({ names: [name], boolean: true }))).toEqual([])
})
