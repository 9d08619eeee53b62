import { dateOf, quickMs, slowMs } from './generated.ts'

/** What every question must answer on `generated(size)`, from how its users are numbered, without counting a run. */

type Row = Readonly<Record<string, string | number | null>>
export type Truth = Readonly<Record<string, readonly Row[]>>

const weeks = [0, 1, 2, 3]
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const percent = (part: number, whole: number): number => Math.round((1000 * part) / whole) / 10
/** How many of the runs with the numbers 0 to `runs` - 1 have this number modulo `period`. */
const every = (runs: number, period: number, from: number): number => Math.ceil((runs - from) / period)

/** Runs a week of ten kept users of each remainder by 4: those of odd number run twice. */
const keptRuns = (size: number, week: number): number =>
  sum(weeks.slice(week).map((rest) => 10 * size * (1 + (rest % 2))))
const keptUsers = (size: number, week: number): number => 10 * size * (4 - week)

const alphaRuns = (size: number, week: number): number =>
  keptRuns(size, week) + 12 * size - 9 * size + (week === 0 ? size : 0) + 10 * size

const noCounts = {
  invocations: 0,
  users: 0,
  returning_users: 0,
  ids_seen_once: 0,
  machines: 0,
  ci_invocations: 0,
  ci_sources: 0,
}

const alphaWeek = (size: number, week: number): Row => ({
  week: dateOf(7 * week),
  tool: 'alpha',
  invocations: alphaRuns(size, week),
  // Who deletes the id is one user by the machine; who sends no hash and was seen once is none.
  users: keptUsers(size, week) + size,
  // In the first week those who run twice on their day; afterwards all of them.
  returning_users: week === 0 ? 20 * size : keptUsers(size, week),
  // In the first week also a quarter of the users, who run once and never again, and who send no hash.
  ids_seen_once: 3 * size + (week === 0 ? 11 * size : 0),
  // Two users share one; those of the remainders 0 and 1 are gone after two weeks.
  machines: (week < 2 ? 20 : 10) * size + size,
  ci_invocations: 10 * size,
  ci_sources: 2 * size,
})

const betaWeek = (size: number, week: number): Row => ({
  ...noCounts,
  week: dateOf(7 * week),
  tool: 'beta',
  invocations: 10 * size,
  users: 10 * size,
  returning_users: week === 0 ? 0 : 10 * size,
  machines: 10 * size,
})

/** A fifth of the kept users on each working day; on Monday who deletes the id, on Tuesday CI, once a Wednesday. */
const alphaDay = (size: number, day: number): Row => {
  const week = Math.floor(day / 7)
  const weekday = day % 7
  const common = { ...noCounts, day: dateOf(day), tool: 'alpha', databases: 0 }
  if (weekday > 4) return common
  const deleters = weekday === 0 ? size : 0
  const once = day === 2 ? size : 0
  const ci = weekday === 1 ? 1 : 0
  const users = keptUsers(size, week) / 5
  return {
    ...common,
    invocations: keptRuns(size, week) / 5 + 3 * deleters + once + 10 * size * ci,
    users: users + deleters,
    returning_users: week === 0 ? 4 * size : users,
    ids_seen_once: 3 * deleters + once + (week === 0 ? 2 * size : 0),
    machines: users + deleters,
    ci_invocations: 10 * size * ci,
    ci_sources: 2 * size * ci,
  }
}

const betaDay = (size: number, day: number): Row => {
  const { week: _, ...counts } = betaWeek(size, Math.floor(day / 7))
  return { ...(day % 7 === 3 ? counts : { ...noCounts, tool: 'beta' }), day: dateOf(day), databases: 0 }
}

const retention = (tool: string, cohort: number, users: readonly number[]): Row[] =>
  users.map((count, later) => ({
    tool,
    first_week: dateOf(0),
    weeks_later: later,
    cohort,
    users: count,
    percent: percent(count, cohort),
  }))

const ofTool = (tool: string, runs: number) => {
  const failed = every(runs, 25, 0)
  return {
    operation: {
      tool,
      operation: 'fetch',
      runs,
      success_percent: percent(runs - failed, runs),
      killed: every(runs, 50, 1),
      p50_ms: quickMs,
      p95_ms: slowMs,
    },
    exits: [
      { tool, exit_code: 0, error_class: '', error_type: '', runs: runs - failed },
      { tool, exit_code: 1, error_class: 'internal', error_type: 'TypeError', runs: failed },
    ],
    resources: [
      { tool, provider: 'aws', resource: 'ec2.instances', fetches: 2 * runs, items: 10 * runs },
      { tool, provider: 'aws', resource: 's3.buckets', fetches: runs, items: runs },
    ].map((row) => ({ ...row, errors: 0, p50_ms: 40, p95_ms: 40 })),
    completeness: { tool, runs, incomplete_runs: every(runs, 100, 7), missing_spans: every(runs, 100, 7) },
  }
}

const systems = (size: number, betaRuns: number): Row[] => {
  const runtime = '22.12.0'
  // Remainders by 4: 0 comes once, 1 four times in two weeks, 2 three times, 3 eight times.
  const rows: (readonly [string, string, number, number])[] = [
    ['linux', 'DE', 10 * size + size, 10 * size + 12 * size],
    ['darwin', 'US', 10 * size, 80 * size],
    // With those who are seen once, and CI.
    ['linux', 'US', 10 * size, 30 * size + size + 40 * size],
    ['darwin', 'DE', 10 * size, 40 * size],
  ]
  return [
    ...rows.map(([os, country, users, invocations]) => ({ tool: 'alpha', os, runtime, country, users, invocations })),
    { tool: 'beta', os: 'linux', runtime, country: 'DE', users: 10 * size, invocations: betaRuns },
  ]
}

/** Those of odd number run twice on their day: by themselves, and by an agent. */
const callers = (size: number, betaRuns: number): Row[] => {
  const agents = sum(weeks.map((week) => keptRuns(size, week) - keptUsers(size, week)))
  const people = sum(weeks.map((week) => keptUsers(size, week)))
  return [
    // With those who delete the id, and those who are seen once.
    { tool: 'alpha', caller: 'person', users: 41 * size, invocations: people + 12 * size + size },
    { tool: 'alpha', caller: 'claude-code', users: 20 * size, invocations: agents },
    { tool: 'alpha', caller: 'CI', users: 0, invocations: 40 * size },
    { tool: 'beta', caller: 'person', users: 10 * size, invocations: betaRuns },
  ]
}

const crashes = (size: number): Row[] =>
  [2 * size, size].map((reports) => ({
    tool: 'alpha',
    error_type: 'TypeError',
    operation: 'fetch',
    first_frame: 'alpha/dist/main.js:1:2',
    reports,
    users: reports,
    versions: '1.0.0',
  }))

/** Those of the tool `beta`: of each one run a week, marked as the first of its day, week and, once, month. */
const withoutIds = (size: number): Truth => {
  const users = 10 * size
  const row = (period: string, day: number, week: number): Row => ({
    period,
    begins: dateOf(day),
    tool: 'beta',
    invocations: users,
    users,
    new_users: week === 0 ? users : 0,
  })
  const returned = (week: number, age: string, whole: boolean) => ({
    tool: 'beta',
    week: dateOf(7 * week),
    age,
    users,
    cohort: whole ? users : null,
    percent: whole ? 100 : null,
  })
  return {
    'users-without-ids': [
      ...weeks.map((week) => row('day', 7 * week + 3, week)),
      { ...row('month', -2, 0), invocations: 4 * users },
      ...weeks.map((week) => row('week', 7 * week, week)),
    ],
    // Who began three weeks before the third week is not in the population.
    'retention-without-ids': [
      returned(0, 'new', true),
      returned(1, '1w', true),
      returned(2, '2-3w', false),
      returned(3, '2-3w', true),
    ],
  }
}

export const truthOf = (size: number): Truth => {
  const runs = { alpha: sum(weeks.map((week) => alphaRuns(size, week))), beta: 40 * size }
  const alpha = ofTool('alpha', runs.alpha)
  const beta = ofTool('beta', runs.beta)
  const lost = { lost_expired: 0, lost_overflow: 0, lost_rejected: 0, lost_unreadable: 0, wrong_clock: 0 }
  // From Monday of the first week to Friday of the last.
  const days = Array.from({ length: 26 }, (_, day) => day)
  const users = [...weeks.map((week) => alphaWeek(size, week)), ...weeks.map((week) => betaWeek(size, week))]
  return {
    'users-by-day': days.flatMap((day) => [alphaDay(size, day), betaDay(size, day)]),
    'users-by-week': weeks.flatMap((week) => [alphaWeek(size, week), betaWeek(size, week)]),
    retention: [
      ...retention(
        'alpha',
        41 * size,
        weeks.map((week) => keptUsers(size, week) + size),
      ),
      ...retention(
        'beta',
        10 * size,
        weeks.map(() => 10 * size),
      ),
    ],
    ...withoutIds(size),
    operations: [alpha.operation, beta.operation],
    exits: [...alpha.exits, ...beta.exits],
    resources: [...alpha.resources, ...beta.resources],
    versions: ['alpha', 'beta'].flatMap((tool) =>
      users
        .filter((row) => row['tool'] === tool)
        .map((row, week) => ({
          tool,
          version: `1.${week}.0`,
          users: Number(row['users']),
          invocations: Number(row['invocations']),
          last_seen: dateOf(7 * week + (tool === 'alpha' ? 4 : 3)),
        }))
        // Those with the most users first, then with the most invocations, then in the order of the versions.
        .sort((a, b) => b.users - a.users || b.invocations - a.invocations),
    ),
    systems: systems(size, runs.beta),
    callers: callers(size, runs.beta),
    crashes: crashes(size),
    completeness: [
      { ...alpha.completeness, ...lost, lost_expired: 3 * size, lost_rejected: size },
      { ...beta.completeness, ...lost },
    ],
  }
}
