import { describe, expect, test } from 'vitest'
import { readSwitches, telemetryFlags } from '../../src/consent/switches.ts'

const nothing = { off: undefined, inspect: false, debug: false }
const which = [
  { key: 'off', flag: '--no-telemetry', variable: 'CQ_NO_TELEMETRY' },
  { key: 'inspect', flag: '--inspect-telemetry', variable: 'CQ_INSPECT_TELEMETRY' },
  { key: 'debug', flag: '--debug-telemetry', variable: 'CQ_DEBUG_TELEMETRY' },
] as const

/** The one switch that is on, as the rule that is named where it has a name. */
const only = (key: 'off' | 'inspect' | 'debug', rule: string) => ({ ...nothing, [key]: key === 'off' ? rule : true })

const set = ['1', 'yes', 'true', 'TRUE', 'on', 'maybe', ' 1 ', '00', 'no thanks']
const unset = ['', ' ', '0', 'false', 'False', 'no', 'NO', 'off', ' off ', '\toff\n']

describe.each(which)('$flag', ({ key, flag, variable }) => {
  test.each([
    [[flag]],
    [['fetch', flag]],
    [[flag, 'fetch', 'aws']],
    [['fetch', flag, 'aws', '--config', 'x']],
    [['fetch', '--config', flag]],
    [['fetch', flag, '--', 'aws']],
    [[`${flag}=false`, flag]],
    [[`${flag}=`]],
    ...set.map((value): [string[]] => [['fetch', `${flag}=${value}`]]),
  ])('is on for %j', (argv) => {
    expect(readSwitches(argv, {}, 'CQ')).toEqual(only(key, flag))
  })

  test.each([
    [[]],
    [['fetch']],
    [['--', flag]],
    [['fetch', '--', 'aws', flag, `${flag}=true`]],
    [[`${flag}s`]],
    [[flag.slice(1)]],
    [[flag.toUpperCase()]],
    [[`x${flag}`]],
    [[`--config=${flag}`]],
    ...unset.filter((value) => value !== '').map((value): [string[]] => [[`${flag}=${value}`]]),
  ])('is not on for %j', (argv) => {
    expect(readSwitches(argv, {}, 'CQ')).toEqual(nothing)
  })

  test.each(set)('is on if its variable is %j', (value) => {
    expect(readSwitches([], { [variable]: value }, 'CQ')).toEqual(only(key, variable))
  })

  test.each(unset)('is not on if its variable is %j', (value) => {
    expect(readSwitches([], { [variable]: value }, 'CQ')).toEqual(nothing)
  })

  test('with =false does not undo its variable', () => {
    expect(readSwitches([`${flag}=false`], { [variable]: '1' }, 'CQ')).toEqual(only(key, variable))
  })

  test('is named first if its variable is set, too', () => {
    expect(readSwitches([flag], { [variable]: '1' }, 'CQ')).toEqual(only(key, flag))
  })

  test('with another prefix reads that variable and not CQ', () => {
    const own = variable.replace('CQ', 'MY_TOOL')
    expect(readSwitches([], { [own]: '1' }, 'MY_TOOL')).toEqual(only(key, own))
    expect(readSwitches([], { [variable]: '1' }, 'MY_TOOL')).toEqual(nothing)
  })
})

describe('--telemetry', () => {
  test.each([
    ...['', 'false', 'no', '0', 'off', 'yes', '1', 'FALSE', 'TRUE', 'x'].map((value) => [[`--telemetry=${value}`]]),
    ...['false', 'no', '0', 'off', 'FALSE'].map((value) => [['fetch', '--telemetry', value]]),
    [['--telemetry=true', '--telemetry=false']],
    [['--telemetry', '--no-telemetry']],
  ])('is a no in %j', (argv) => {
    expect(readSwitches(argv, {}, 'CQ')).toEqual(only('off', '--no-telemetry'))
  })
  test.each([
    [['--telemetry']],
    [['--telemetry=true']],
    [['--telemetry', 'true']],
    [['--telemetry', 'fetch']],
    [['--telemetry', '']],
    [['--', '--telemetry=false']],
    [['--telemetry', '--', 'false']],
    [['telemetry', 'false']],
    [['--telemetrys=false']],
  ])('is no no in %j', (argv) => {
    expect(readSwitches(argv, {}, 'CQ')).toEqual(nothing)
  })
})

test.each([
  { argv: ['--noTelemetry'], key: 'off', rule: '--no-telemetry' },
  { argv: ['--noTelemetry=1'], key: 'off', rule: '--no-telemetry' },
  { argv: ['--inspectTelemetry'], key: 'inspect', rule: '' },
  { argv: ['--debugTelemetry=true'], key: 'debug', rule: '' },
] as const)('camel case is read too: $argv', ({ argv, key, rule }) => {
  expect(readSwitches(argv, {}, 'CQ')).toEqual(only(key, rule))
})

describe('DO_NOT_TRACK', () => {
  test.each(set)('is on for %j', (value) => {
    expect(readSwitches([], { DO_NOT_TRACK: value }, 'CQ')).toEqual(only('off', 'DO_NOT_TRACK'))
  })
  test.each(unset)('is not on for %j', (value) => {
    expect(readSwitches([], { DO_NOT_TRACK: value }, 'CQ')).toEqual(nothing)
  })
})

describe('OTEL_SDK_DISABLED', () => {
  test.each(['true', 'TRUE', ' true '])('is on for %j', (value) => {
    expect(readSwitches([], { OTEL_SDK_DISABLED: value }, 'CQ')).toEqual(only('off', 'OTEL_SDK_DISABLED'))
  })
  test.each(['1', 'yes', 'on', 'maybe', ...unset])('is not on for %j', (value) => {
    expect(readSwitches([], { OTEL_SDK_DISABLED: value }, 'CQ')).toEqual(nothing)
  })
})

test.each([
  { argv: ['--no-telemetry'], left: 4, rule: '--no-telemetry' },
  { argv: [], left: 3, rule: 'CQ_NO_TELEMETRY' },
  { argv: [], left: 2, rule: 'DO_NOT_TRACK' },
  { argv: [], left: 1, rule: 'OTEL_SDK_DISABLED' },
])('of all that say no, $rule is named first of the last $left', ({ argv, left, rule }) => {
  const all = { OTEL_SDK_DISABLED: 'true', DO_NOT_TRACK: '1', CQ_NO_TELEMETRY: '1' }
  expect(readSwitches(argv, Object.fromEntries(Object.entries(all).slice(0, left)), 'CQ').off).toBe(rule)
})

test('all three flags can be on at once', () => {
  const given = readSwitches(['--debug-telemetry', '--no-telemetry', '--inspect-telemetry'], {}, 'CQ')
  expect(given).toEqual({ off: '--no-telemetry', inspect: true, debug: true })
})

test('the flags that a host declares are the flags that are read', () => {
  expect(telemetryFlags().map(({ flags }) => flags)).toEqual(which.map(({ flag }) => flag))
})
