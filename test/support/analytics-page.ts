import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { configDirectory } from '../../src/collector/paths.ts'
import { type Engine, type Question, questions } from '../../src/report/questions.ts'
import { truthOf } from './generated-truth.ts'

/** Renders docs/analytics.md. The answers in it are those that the tests expect. */

const list = (...items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')

const meaning: Record<Question, string> = {
  'users-by-day': list(
    '`invocations`: runs, those in CI too',
    '`users`: installations outside of CI. If a later run found the same id again, the id is the installation. An id that no later run ' +
      'found does not count by itself: such a run counts for its machine (the hash of its MAC addresses, or else of its host name)',
    '`returning_users`: users whose id was there already, from an earlier run',
    '`ids_seen_once`: ids that no later run found. They come from first runs, from containers, and from people who delete the id ' +
      "before each run. With `identity: 'random-only'` there is no machine to count, so the users are between `users` and `users` + " +
      '`ids_seen_once`',
    '`machines`: hashes of MAC addresses, or else of host names',
    '`databases`: databases, by the system identifier of PostgreSQL',
    '`ci_invocations`: runs in CI',
    '`ci_sources`: projects in CI (option `project`; not in the SQL for a warehouse), or else hashes of configurations, or else machines. Runs ' +
      'in CI have no id',
  ),
  'users-by-week':
    'The columns are those of the days. A user who comes on two days counts once, so a week has fewer users than the sum of its days.',
  retention: list(
    '`cohort`: the users who were first seen in the week `first_week`',
    '`users`, `percent`: how many of them came back so many weeks later',
  ),
  'users-without-ids':
    "A tool with `identity: 'none'` sends no id. Instead, a run says whether it is the first of its installation in a day, a week and a " +
    'month ([privacy.md](privacy.md#counted-without-being-known)). `users` counts these runs. If such a run is lost, a user is ' +
    'missing: look at completeness.',
  'retention-without-ids':
    'The first run of a week says how many weeks ago its installation began, in steps such as `2-3w`. `cohort` counts the ' +
    'installations that began in those weeks.',
  operations: list(
    '`success_percent`: operations that ended without an error',
    '`killed`: operations that were killed. They have no duration and are part of `runs`',
    '`p50_ms`, `p95_ms`: half of the operations, and 95 % of them, took at most this long',
  ),
  exits:
    '`error_class` tells a fault of the tool (`internal`) from other causes, such as the network or the configuration.',
  resources: list(
    '`fetches`, `items`, `errors`: sums over all operations. They are exact, even if an operation had too many spans to send each',
    '`p50_ms`, `p95_ms`: of the mean duration of a resource in an operation',
  ),
  versions: 'A user who has updated counts for both versions.',
  callers:
    '`caller`: `CI`, or the coding agent that runs the tool, or `person` for all others, also scripts. A user who runs it with an agent and ' +
    'without one counts for both.',
  systems: 'There is a country only if the collector looks it up (`--with geo`).',
  crashes: list(
    '`fingerprint`: the same for all reports of one fault',
    '`first_frame`: file, line and column in the published code. `cq-telemetry symbolicate` finds [the line of your ' +
      'source](#crashes-by-the-lines-of-your-source)',
  ),
  completeness: list(
    '`missing_spans`: spans that a run has recorded and the collector has not received. A run that still lasts is incomplete',
    '`lost_expired`, `lost_overflow`, `lost_rejected`, `lost_unreadable`: spans that clients had to drop, by their reason',
    '`wrong_clock`: spans that start before 2020 or after tomorrow. They are in no other answer',
  ),
}

const maxRows = 6

/** What the question answers on the population of the tests: its rows follow from how its users are made. */
const answer = (question: Question): string => {
  const rows = truthOf(1)[question] ?? []
  const names = Object.keys(rows[0] ?? {})
  const leading = ['day', 'week', 'tool'].filter((name) => names.includes(name))
  const columns = [...leading, ...names.filter((name) => !leading.includes(name))]
  const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`
  const more = rows.length > maxRows ? `\n\n… ${rows.length - maxRows} more` : ''
  const shown = rows.slice(0, maxRows).map((row) => line(columns.map((name) => row[name])))
  return [line(columns), line(columns.map(() => '---')), ...shown].join('\n') + more
}

const engines: Readonly<Record<Engine, string>> = {
  duckdb: 'DuckDB',
  clickhouse: 'ClickHouse',
  rudder: 'RudderStack’s warehouse',
}

/** Links to the SQL of a question. Not each engine has each question. */
const linksTo = (question: Question): string => {
  const links = (Object.keys(engines) as Engine[])
    .filter((engine) => existsSync(join(configDirectory, 'analytics', engine, `${question}.sql`)))
    .map((engine) => `[${engines[engine]}](../collector-config/analytics/${engine}/${question}.sql)`)
  return `SQL: ${links.join(' · ')}`
}

export const analyticsPage = (): string =>
  [
    '# Analytics',
    'For operators: you count the users and the runs of a tool, from what [a collector](collector.md) has stored.',
    '    npm install @duckdb/node-api\n' +
      '    npx cq-telemetry report collector-data/spans --tool mytool --since 2026-11-01 --until 2026-11-30 --html report.html',
    'This prints [the tables below](#the-questions), and writes a page with charts. The page makes no requests.',
    list(
      'The files are those of a collector or of a spool.',
      'Without `--tool`, each tool has its own rows.',
      'Days are those of UTC. `--since` and `--until` name the first and the last day that count.',
      '`--json` prints all rows. The terminal shows 20 of each table.',
      'DuckDB uses up to 512 MB of memory, and then a temporary directory. Files of 493 MB took 576 MB of memory in all (`command time ' +
        '-v`, Node.js 20.20, two processors).',
    ),
    'Your data is in ClickHouse or in RudderStack’s warehouse? See [your own SQL](#your-own-sql).',
    '## What the numbers cannot tell',
    list(
      '**A user is an installation.** One person with two machines counts as two. Two people who share an account count as one. ' +
        'Someone who deletes the id, or says no and then yes, is new. Someone who deletes it before each run still counts once, by the machine.',
      '**CI has no users.** Its runs carry no id. Hashes of the configuration or the host stand in, and a fleet of equal runners may ' +
        'be one of them.',
      '**A container begins anew** if its home does not last: each run is a first run. It is in `ids_seen_once`, and in `users` by ' +
        'its MAC address. Some engines give each container the same MAC address, others a new one each time.',
      '**A database id is copied** with an image or a snapshot.',
      '**People who said no are missing**, and so are those who never saw the notice. Where a tool asks first, all who have not said yes are ' +
        'missing. Who allows crash reports alone is in the answer about crashes and in no other.',
      '**Operations can be sampled, runs are not.** The option `sampleRate` leaves out operations at random, with their spans. Each run ' +
        'and each crash is recorded, so users, retention, versions, exits and completeness are counted as without it. An operation that ' +
        'is recorded counts for those that were left out: 800 that were recorded at a rate of 0.3 give the number within 12 % (four ' +
        'standard deviations). Quantiles are those of what was recorded. `report --public` leaves out an operation that is sampled.',
      '**Repeated operations can be left out, with their runs.** With the option `minInterval`, the next operation of the name and the ' +
        'next run say how many were left out before them (`cq.sample.left_out`). They count as successes, as exits with 0, and for the ' +
        'day, version and system of the run that says so. Users by day and week, and retention, are exact. A user who updates the tool counts for the new version from the next recorded run. The sums of resources and the quantiles are ' +
        'those of what was recorded. Those after the last recorded one are not counted yet.',
      '**Delivery can be late.** What was recorded offline arrives up to a month later, and counts for the day it was recorded. So ' +
        'recent days still grow. A clock may be wrong.',
    ),
    '## The questions',
    'The answers below are those of an invented population, whose true numbers are known. The tests ask each engine the same ' +
      'questions about it.',
    ...(Object.keys(questions) as Question[]).flatMap((name) => [
      `### ${questions[name]}`,
      meaning[name],
      answer(name),
      linksTo(name),
    ]),
    '## Crashes, by the lines of your source',
    '    npx cq-telemetry symbolicate collector-data/spans --release mytool-1.2.3.tgz --release ./mytool-1.3.0',
    [
      '    TypeError in count: 1 user, 2 reports, 2026-11-26',
      '      0eb127c85a638f3ee189c3d44138bc90ae1d7508',
      '      1.2.3        1 user, 2 reports',
      '        src/main.ts:8:36    return (config.rows as string[]).length',
      '        src/main.ts:12:15   console.log(countRows({}))',
      '        _OTHER',
    ].join('\n'),
    'This prints each fault with its users, its reports and the lines of your source, the worst first. A release is a package that you ' +
      'have published, or its folder, with its source maps.',
    list(
      '`--issue` prints the text of an issue about the worst fault. With `--fingerprint 0eb1` it is about that fault.',
      'A frame is `_OTHER` unless your tool names its package in `publicNames.packages`. Name your own package there, too: ' +
        '[instrumenting.md](instrumenting.md#crash-reports).',
      '[command.md](command.md#symbolicate) has the details.',
    ),
    '## What you may publish',
    '    npx cq-telemetry report collector-data/spans --tool mytool --public --month 2026-09 --html public.html',
    'This prints the users, versions, systems, countries and operations of a month, without small groups. Here is a part of it for ' +
      '400 users:',
    [
      '    At least 400 users. Each number is rounded down to a multiple of 20. A group of fewer than 20 users is left out.',
      '',
      '    | Systems | users, at least |',
      '    | --- | ---: |',
      '    | darwin | 200 |',
      '    | linux | 200 |',
    ].join('\n'),
    list(
      'The month must have ended 32 days ago. Without `--month` it is the last one that has.',
      'With fewer than 20 users it publishes nothing and ends with 1. `--k` sets another limit.',
      '[command.md](command.md#report---public) says what this protects from, and what it does not.',
    ),
    '## Your own SQL',
    'The SQL of each question is in `collector-config/analytics/` (in `node_modules/cq-telemetry/` where you have installed the ' +
      'package). Start with a file that makes a table or a view, in which each span is there once. Then ask one of the questions, or your ' +
      'own.',
    '**DuckDB**, over files. First [spans.sql](../collector-config/analytics/duckdb/spans.sql):',
    "    SET VARIABLE files = ['collector-data/spans/spans.jsonl'];\n" +
      '    .read spans.sql\n' +
      '    .read users-by-day.sql\n' +
      '    SELECT operation, count(*) FROM spans GROUP BY ALL;',
    'The variables `tool`, `since` and `until` restrict what is counted. Here `since` and `until` are points in time, and `until` itself is ' +
      'not counted. For all of November, set `since` to 2026-11-01 and `until` to 2026-12-01.',
    '**ClickHouse**, over the table of `to/clickhouse.yaml`. First, once, ' +
      '[spans.sql](../collector-config/analytics/clickhouse/spans.sql), which makes views:',
    "    clickhouse-client --param_since='2026-11-01 00:00:00' --param_until='2026-12-01 00:00:00' --param_tool=mytool \\\n" +
      '      --queries-file users-by-day.sql',
    'With an empty `tool`, each tool has its own rows. Keep the exporter’s default Map columns. Its JSON columns are experimental, and turn ' +
      'each dot in a key into a path.',
    '**RudderStack’s warehouse**, in the dialect of PostgreSQL. First [runs.sql](../collector-config/analytics/rudder/runs.sql), which ' +
      'makes a view of the runs.',
    '## Dashboards',
    'The files are in `collector-config/dashboards/`:',
    [
      '| file | for |',
      '| --- | --- |',
      '| `product.json` | Grafana, with its plugin `grafana-clickhouse-datasource`: these questions, for one tool at a time. Import it and choose the data source |',
      '| `operation.json` | Grafana, with Prometheus: the state of the collector and the bridge |',
      '| `prometheus-rules.yaml` | `rule_files` of Prometheus: alerts about queues, refusals and losses |',
      '| `grafana-alerts.yaml` | `provisioning/alerting` of Grafana, with a data source whose uid is `clickhouse`: alerts about losses that clients report, and about users that fall against invocations |',
    ].join('\n'),
    'Tests run their queries and rules. Nobody has looked at the dashboards in a Grafana yet.',
    'This page is written by `npm run docs`.',
  ].join('\n\n') + '\n'
