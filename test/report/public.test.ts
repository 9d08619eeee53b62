import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Batch, encodeLine } from '../../src/otlp/encode.ts'
import { type Counted, type Group, type Part, parts, publish, type Published } from '../../src/report/public.ts'
import { alreadyPublic } from '../../src/schema/names.ts'
import { sanitizeResource, sanitizeSpan, type SanitizedSpan } from '../../src/schema/sanitize.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { cases, fc } from '../support/property.ts'

/** Nothing that is published of a month says how large a group of fewer than k users is: a solver tries to find out. */

/** Bounds of an unknown number. */
interface Unknown {
  least: number
  most: number
}

/** A total is the sum of its parts. */
interface Sum {
  readonly total: Unknown
  readonly parts: readonly Unknown[]
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

/** Narrows the bounds of each unknown by those of the others, until nothing changes. Exact for sums that share only totals. */
const solve = (sums: readonly Sum[]): void => {
  for (let changed = true; changed;) {
    changed = false
    const narrow = (unknown: Unknown, least: number, most: number) => {
      if (least > unknown.least || most < unknown.most) changed = true
      unknown.least = Math.max(unknown.least, least)
      unknown.most = Math.min(unknown.most, most)
    }
    for (const { total, parts: all } of sums) {
      narrow(total, sum(all.map(({ least }) => least)), sum(all.map(({ most }) => most)))
      for (const part of all) {
        const others = all.filter((each) => each !== part)
        narrow(
          part,
          total.least - sum(others.map(({ most }) => most)),
          total.most - sum(others.map(({ least }) => least)),
        )
      }
    }
  }
}

interface Hidden {
  readonly what: string
  readonly users: number
  readonly found: Unknown
}

/** The attacker: knows all that is published, the rule, and the names of all groups, but not how many are in those that are not named. */
const attack = ({ users, groups }: Published, truth: Counted, k: number, step = k): Hidden[] => {
  const rounded = (least: number): Unknown => ({ least, most: least + step - 1 })
  const total = rounded(users)
  const sums: Sum[] = []
  const hidden: Hidden[] = []
  for (const part of parts) {
    const named = groups[part]
    if (!named) continue
    const unknowns = truth.groups[part].map((group) => {
      const published = named.find(({ name }) => name === group.name)
      const unknown = published ? rounded(published.users) : { least: 0, most: k - 1 }
      if (!published) hidden.push({ what: `${part} ${group.name}`, users: group.users, found: unknown })
      return unknown
    })
    if (part !== 'operations') sums.push({ total, parts: unknowns })
    else
      for (const [index, unknown] of unknowns.entries()) {
        const others = { least: 0, most: Number.MAX_SAFE_INTEGER }
        sums.push({ total, parts: [unknown, others] })
        const count = truth.users - Number(truth.groups[part][index]?.users)
        if (count < k) hidden.push({ what: `all but ${String(index)}`, users: count, found: others })
      }
  }
  solve(sums)
  return hidden
}

const group = (index: number, users: number): Group => ({ name: `g${index}`, users })
const users = fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom(9, 19, 29, 39))

/** Users of a month, split anew for each table: each into the same number. */
const populations = fc
  .record({
    versions: fc.array(users, { minLength: 1, maxLength: 12 }),
    seed: fc.array(users, { minLength: 1, maxLength: 9 }),
    share: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
    cut: fc.array(users, { minLength: 1, maxLength: 9 }),
  })
  .map(({ versions, seed, share, cut }): Counted => {
    const total = sum(versions)
    const split = (sizes: readonly number[]): Group[] => {
      let left = total
      const found = sizes.flatMap((size, index) => {
        const here = Math.min(size, left)
        left -= here
        return here > 0 ? [group(index, here)] : []
      })
      return left > 0 ? [...found, group(99, left)] : found
    }
    return {
      users: total,
      groups: {
        versions: versions.map((each, index) => group(index, each)),
        systems: split(seed),
        countries: split(cut),
        operations: share.map((each, index) => group(index, Math.max(1, Math.round(each * total)))),
      },
    }
  })

const k = 10

describe('any population', () => {
  test('each size below k stays possible for each group that is not named, and for those who do not use an operation', () => {
    let hiddenGroups = 0
    fc.assert(
      fc.property(populations, (truth) => {
        const published = publish(truth, k)
        if (!published) return truth.users < k
        for (const { what, users: real, found } of attack(published, truth, k)) {
          hiddenGroups += 1
          expect(found.least, what).toBeLessThanOrEqual(Math.min(real, 1))
          expect(found.most, what).toBeGreaterThanOrEqual(k - 1)
        }
        return true
      }),
      { numRuns: cases(500) },
    )
    expect(hiddenGroups).toBeGreaterThan(100)
  })

  test('no group of fewer than k users is named, and each number is rounded down to a multiple of k', () => {
    fc.assert(
      fc.property(populations, (truth) => {
        const published = publish(truth, k)
        for (const part of parts)
          for (const { name, users: shown } of published?.groups[part] ?? []) {
            const real = truth.groups[part].find((each) => each.name === name)?.users ?? 0
            expect(real).toBeGreaterThanOrEqual(k)
            expect(shown).toBe(real - (real % k))
          }
        return true
      }),
      { numRuns: cases(500) },
    )
  })
})

test('the solver finds a small group in exact numbers', () => {
  const truth: Counted = {
    users: 103,
    groups: {
      versions: [group(1, 100), group(2, 3)],
      systems: [group(1, 103)],
      countries: [],
      operations: [group(1, 101)],
    },
  }
  const exact = {
    users: 103,
    groups: { versions: [group(1, 100)], systems: [group(1, 103)], operations: [group(1, 101)] },
  }
  expect(attack(exact, truth, k, 1).map(({ found }) => found)).toEqual([
    { least: 3, most: 3 },
    { least: 2, most: 2 },
  ])
})

test('a table whose groups are all just below the next number is withheld', () => {
  const full = Array.from({ length: 48 }, (_, index) => group(index, 19))
  const versions = [...full, group(48, 9), group(49, 9)]
  const total = sum(versions.map((each) => each.users))
  const truth = {
    users: total,
    groups: { versions, systems: [group(1, total)], countries: [group(1, total)], operations: [] },
  }
  const published = publish(truth, k)
  const notWithheld = { users: total - (total % k), groups: { versions: full.map((each) => ({ ...each, users: 10 })) } }
  expect(attack(notWithheld, truth, k)[0]?.found.least).toBeGreaterThan(1)
  expect(published?.groups.versions).toBeUndefined()
  expect(published?.groups.systems).toEqual([group(1, total - (total % k))])
})

/** Runs of a day of 45 installations with one operation each, of which three have a version of their own. */
const oneDay = (): Batch[] =>
  Array.from({ length: 45 }, (_, index) => {
    const id = (index + 1).toString(16)
    const resource = sanitizeResource(
      {
        'service.name': 'mytool',
        'service.version': index < 3 ? '2.0.0' : '1.0.0',
        'app.installation.id': `00000000-0000-4000-8000-${id.padStart(12, '0')}`,
        'cq.random_id_persisted': true,
        'os.type': index < 22 ? 'linux' : 'darwin',
        'cq.ci': false,
      },
      alreadyPublic,
      'client',
    )
    const spanOf = (type: string, attributes: object) =>
      sanitizeSpan(
        {
          traceId: id.padStart(32, 'a'),
          spanId: id.padStart(16, type === 'run' ? 'b' : 'c'),
          parentSpanId: undefined,
          startTime: [Date.parse('2024-08-12T10:00:00Z') / 1000, 0],
          endTime: [Date.parse('2024-08-12T10:00:01Z') / 1000, 0],
          attributes: { 'cq.span.type': type, ...attributes },
        },
        resource,
        alreadyPublic,
      ) as SanitizedSpan
    return {
      resource,
      spans: [spanOf('run', {}), spanOf('operation', { 'cq.operation.name': index < 5 ? 'rare' : 'fetch' })],
    }
  })

describe('the command', () => {
  const main = new URL('../../dist/command/main.js', import.meta.url).pathname
  let place: Place
  beforeAll(() => {
    place = newPlace()
    writeFileSync(join(place.cwd, 'spans.jsonl'), oneDay().map(encodeLine).join(''))
  })
  afterAll(() => place.remove())
  const report = (...args: string[]) =>
    run(process.execPath, [main, 'report', 'spans.jsonl', '--public', ...args], place)

  test('prints what may be published about a month', async () => {
    const { code, stdout } = await report('--month', '2024-08')
    expect(code).toBe(0)
    expect(stdout).toContain('# mytool in 2024-08\n\nAt least 40 users.')
    expect(stdout).toContain('| 1.0.0 | 40 |')
    expect(stdout).toContain('| fetch | 40 |')
    expect(stdout).toContain('| darwin | 20 |\n| linux | 20 |')
    expect(stdout).not.toContain('2.0.0')
    expect(stdout).not.toContain('rare')
    const json = JSON.parse((await report('--month', '2024-08', '--k', '40', '--json')).stdout) as {
      groups: Record<Part, Group[]>
    }
    expect(json).toMatchObject({ tool: 'mytool', month: '2024-08', k: 40, users: 40 })
    expect(json.groups.systems).toEqual([])
  })

  test('writes the same as a page', async () => {
    const file = join(place.cwd, 'public.html')
    const { code, stderr } = await report('--month', '2024-08', '--html', file)
    expect({ code, stderr }).toEqual({ code: 0, stderr: `report: written to ${file}\n` })
    const page = readFileSync(file, 'utf8')
    expect(page).toContain('<h1>mytool in 2024-08</h1>')
    expect(page).toContain('<td>linux</td><td class="number">20</td>')
    expect(page).not.toContain('2.0.0')
    expect(page).not.toContain('rare')
    expect(page).not.toMatch(/<script|src=|href=/)
  })

  test.each([
    ['a month that is not complete', ['--month', '2999-01'], 2, /not complete/],
    ['no month', ['--month', 'october'], 2, /--month must be a month/],
    ['a k that hides nothing', ['--k', '1'], 2, /--k must be/],
    ['a k that nobody reaches', ['--month', '2024-08', '--k', '50'], 1, /fewer than 50 users in 2024-08/],
    ['days', ['--since', '2024-08-01'], 2, /--public goes with --month/],
  ])('does not print %s', async (_, args, expected, says) => {
    const { code, stderr, stdout } = await report(...args)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
    expect(stderr).toMatch(says)
  })
})
