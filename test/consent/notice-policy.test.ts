import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { layoutOf } from '../../src/machine/layout.ts'
import { type NoticeOptions, showNotice } from '../../src/consent/notice.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cq-notice-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const show = (options: Partial<NoticeOptions> = {}) => {
  let shown = ''
  const notice = showNotice(
    {
      mode: 'terminal',
      ci: false,
      terminal: true,
      files: layoutOf(home),
      docsUrl: undefined,
      endpoints: [],
      policyDate: undefined,
      now: () => new Date('2026-03-01T12:00:00Z'),
      write: (text) => void (shown += text),
      ...options,
    },
    () => undefined,
  )
  return { notice, shown: shown !== '' }
}

test('a notice that was shown is not shown again', () => {
  expect(show()).toEqual({ notice: 'recorded', shown: true })
  expect(show()).toEqual({ notice: 'sendable', shown: false })
})

test.each([
  { policyDate: '2026-02-28', again: false },
  { policyDate: '2026-03-01', again: false },
  { policyDate: '2026-03-01T12:00:00Z', again: false },
  { policyDate: '2026-03-01T13:30:00+02:00', again: false },
  { policyDate: '2026-03-01T12:00:01Z', again: true },
  { policyDate: '2026-03-01T11:30:00-02:00', again: true },
  { policyDate: '2026-03-02', again: true },
])('shown on 1 March at noon, a policy of $policyDate shows it again: $again', ({ policyDate, again }) => {
  show()
  const now = () => new Date('2026-04-01T00:00:00Z')
  expect(show({ policyDate, now })).toEqual(
    again ? { notice: 'recorded', shown: true } : { notice: 'sendable', shown: false },
  )
  expect(show({ policyDate, now })).toEqual({ notice: 'sendable', shown: false })
})

test('what was recorded before a change of policy is not sent by a run that cannot show it', () => {
  show()
  expect(show({ policyDate: '2026-05-01', terminal: false })).toEqual({ notice: 'held', shown: false })
})

test.each(['', 'yes', '2026-03-01', 'x'.repeat(10_000)])('a damaged record of it counts as none: %#', (text) => {
  writeFileSync(join(home, 'notice'), text)
  expect(show()).toEqual({ notice: 'recorded', shown: true })
  expect(readFileSync(join(home, 'notice'), 'utf8')).toBe('2026-03-01T12:00:00.000Z\n')
})

test('a write that throws is a notice that was not shown', () => {
  const write = () => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  expect(show({ write })).toEqual({ notice: 'held', shown: false })
  expect(show()).toEqual({ notice: 'recorded', shown: true })
})

test('it names the docs and each host', () => {
  let text = ''
  show({
    docsUrl: 'https://docs.example/t',
    endpoints: ['a.example', 'b.example:4318'],
    write: (given) => void (text = given),
  })
  expect(text).toBe(
    'Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable, ' +
      'or check docs at https://docs.example/t. Data goes to a.example and b.example:4318.\n',
  )
})
