import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { configDirectory } from '../../src/collector/paths.ts'
import { type Engine, type Question, questions, sqlOf } from '../../src/report/questions.ts'
import { truthOf } from './generated-truth.ts'

/** Renders docs/analytics.md: the SQL in it is that of collector-config/analytics/, the answers those of the tests. */

const meaning: Record<Question, string> = {
  'users-by-day':
    'An invocation is a span of type `run`. `users` are ids that were kept, and, of ids that were not, the machines. Of them ' +
    '`returning_users` found their id where an earlier run had put it. `ids_seen_once` were never found again: by first runs, by ' +
    'containers, and by those who delete the id before each run, who are one of `users` by their machine; a tool with ' +
    "`identity: 'random-only'` has no hash for that, so its users are between `users` and `users` + `ids_seen_once`. `machines` " +
    'are hashes of MAC addresses, else of host names. `databases` counts what PostgreSQL calls its system identifier. Runs in ' +
    "CI have no id; `ci_sources` counts their configurations' hashes, or machines where there is no configuration. Each day " +
    'from the first to the last has a row, or from `since` to `until`.',
  'users-by-week': 'Users of a week are fewer than the sum of its days: who comes on two days counts once.',
  retention:
    'A row for each week in which users were first seen, and each week after it: `cohort` is how many they are, `users` how ' +
    'many of them came, `percent` their share.',
  'users-without-ids':
    "With `identity: 'none'` a run says whether it is the first of its installation in its day, week and month, and users are these " +
    'runs: [privacy.md](privacy.md#counted-without-being-known). A mark that is lost with its run is a user less: compare ' +
    'with completeness.',
  'retention-without-ids':
    'The first run of a week says how many weeks ago the installation was first used, in steps. `cohort` is how many began in those ' +
    'weeks: of a step of several weeks, in all of them.',
  operations:
    'Success is that the operation ended without an error. What was killed has no duration, and is in `runs` and `killed`.',
  exits: 'The class tells faults of the tool (`internal`) from those of its surroundings.',
  resources:
    "From the lists on the operation's span, which hold all fetches, also those beyond the cap on spans. The quantiles are of " +
    'the mean of a resource in one operation.',
  versions: 'Of a user who has updated, both versions count.',
  systems: 'Countries only where the collector looks them up.',
  crashes: 'A fingerprint groups the reports of one fault. Line and column lead into the published code.',
  completeness:
    'Each run says how many spans it recorded; `delivery` events say what clients had to drop. Spans beyond the cap are in ' +
    'the sums and are not missing. The report of a run that lasts is not complete until the run has ended. `wrong_clock` counts ' +
    'spans that start before 2020 or after tomorrow: they are in no other answer.',
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

const block = (engine: Engine, name: string): string => `\`\`\`sql\n${sqlOf(engine, name).trim()}\n\`\`\``

/** What makes the table or the views comes first. */
const filesOf = (engine: Engine, first: string): string[] => {
  const names = readdirSync(join(configDirectory, 'analytics', engine)).map((file) => file.replace('.sql', ''))
  return [first, ...names.filter((name) => name !== first).sort()]
}

export const analyticsPage = (): string =>
  [
    '# Analytics',
    'How to count users against invocations, and what the numbers cannot tell. This page is written by `npm run docs` from ' +
      '`collector-config/analytics/`. The tests run every query on a population whose truth is known, in DuckDB, in ClickHouse ' +
      'and in a PostgreSQL that is filled as RudderStack fills it, and on spans of any content that passes the allow-list: ' +
      'they break no question, and change no answer for another tool.',
    'With the files of a collector (`to/file.yaml`), or of a spool:',
    '    npm install @duckdb/node-api\n' +
      '    cq-telemetry report collector-data/spans --tool mytool --since 2026-11-01 --until 2026-11-30 --html report.html',
    'prints these tables, and writes a page with charts that needs no network and runs no script. `--json` prints JSON. Without ' +
      '`--tool` each tool has rows of its own: no two are summed. The days are those of UTC, and both are counted. What does not ' +
      'fit into 512 MB of memory goes to a temporary directory: 493 MB of lines took 576 MB of memory in all (`command time -v`, ' +
      'Node.js 20.20, two processors). A line may have up to 32 MB, which is far beyond what a collector takes at once.',
    '## What the numbers cannot tell',
    [
      '- **A user is an installation.** One person with two machines is two; two people with one account are one. Who deletes ' +
        'the id now and then, or says no and yes again, is new; who deletes it before each run is one machine.',
      '- **CI is not users.** Its runs carry no id; hashes of configuration or host stand in, and a fleet of equal runners ' +
        'may be one of them.',
      '- **Containers begin anew**: without a home that lasts each run is a first run (`cq.random_id_persisted` is false). They ' +
        'are in `ids_seen_once`, and in `users` by their MAC address, which some engines give to every container, and others anew ' +
        'to each.',
      '- **A database id is copied** with an image or a snapshot.',
      '- **Who has said no is not there**, and neither is who never saw the notice.',
      '- **Operations can be sampled, runs are not.** The option `sampleRate` leaves out operations at random, with their spans, ' +
        'while each run and each crash is recorded: users, retention, versions, exits and completeness are counted as without it. ' +
        'An operation that is recorded counts for those that were left out, so `runs` of operations and sums of resources are ' +
        'estimates: of 800 that were recorded at a rate of 0.3, within 12 % (four standard deviations). Quantiles are those of what ' +
        'was recorded. `report --public` leaves out an operation that is sampled.',
      '- **Delivery is late.** What was recorded offline comes up to a month later, with the time of its recording: recent days ' +
        'grow still. Clocks of clients can be wrong.',
    ].join('\n'),
    '## Crashes, by the lines of your source',
    'The reports say where in the published code. With the packages that you published, or folders of them, and their source maps:',
    '    cq-telemetry symbolicate collector-data/spans --release mytool-1.2.3.tgz --release ./mytool-1.3.0\n' +
      '    cq-telemetry symbolicate collector-data/spans --release mytool-1.2.3.tgz --issue',
    'prints each fault with its users, reports and lines, the worst first; `--issue` prints the text of an issue about the worst, and ' +
      '`--fingerprint 0eb1` the one of a row of the question about crashes:',
    [
      '    TypeError in count: 1 user, 2 reports, 2026-11-26',
      '      0eb127c85a638f3ee189c3d44138bc90ae1d7508',
      '      1.2.3        1 user, 2 reports',
      '        src/main.ts:8:36    return (config.rows as string[]).length',
      '        src/main.ts:12:15   console.log(countRows({}))',
      '        _OTHER',
    ].join('\n'),
    'Frames are `_OTHER` unless the tool names their package in `publicNames.packages`, its own too: ' +
      '[instrumenting.md](instrumenting.md#crash-reports). More in [command.md](command.md#symbolicate).',
    '## What you may publish',
    '    cq-telemetry report collector-data/spans --tool mytool --public --month 2026-09 --html public.html',
    'prints, and writes as a page, the users, versions, systems, countries and operations of a month, without a group of fewer than ' +
      '20 users (`--k`). The month must have ended 32 days ago; without `--month` it is the last that has. On 400 users of ' +
      'the tests, a part:',
    [
      '    At least 400 users. Each number is rounded down to a multiple of 20; what fewer than 20 users share is left out.',
      '',
      '    | Systems | users, at least |',
      '    | --- | ---: |',
      '    | darwin | 200 |',
      '    | linux | 200 |',
    ].join('\n'),
    '[command.md](command.md#report---public) says what it protects from, and what not. With fewer users than `--k` it publishes ' +
      'nothing and ends with 1.',
    '## DuckDB, over files',
    'The first statement makes the table and the view `spans`, each span once; the others ask it. Below each is its answer on ' +
      'the population of the tests.',
    block('duckdb', 'spans'),
    ...(Object.keys(questions) as Question[]).flatMap((name) => [
      `### ${questions[name]}`,
      meaning[name],
      block('duckdb', name),
      answer(name),
    ]),
    '## ClickHouse',
    'The same over the table of the collector’s exporter (`to/clickhouse.yaml`): run the first file once, it makes views. The ' +
      'others have the parameters `since`, `until` and `tool`, for example ' +
      "`clickhouse-client --param_since='2026-11-01 00:00:00' --param_until='2026-12-01 00:00:00' --param_tool=mytool " +
      '--queries-file users-by-day.sql`; an empty tool is all of them, each with rows of its own, and each day between the two ' +
      'has a row. They are for the Map columns that the exporter makes by default: its JSON columns are experimental, and ' +
      'make a path of each dot in a key.',
    '### Dashboards',
    '`collector-config/dashboards/` (in `node_modules/cq-telemetry/` where the package is installed) has, made by code: `product.json`, these questions as a dashboard of Grafana for one tool at ' +
      'a time (its plugin `grafana-clickhouse-datasource`; import the file and choose the data source); `operation.json`, what ' +
      'the collector and the bridge say of themselves, from Prometheus; `prometheus-rules.yaml`, alert rules of queues, refusals ' +
      'and losses, for `rule_files`; and `grafana-alerts.yaml`, for `provisioning/alerting`, of losses that clients report and of ' +
      'users that fall against invocations, over a data source whose uid is `clickhouse`. Their queries and rules are run by ' +
      'tests; the dashboards were not looked at in a Grafana.',
    ...filesOf('clickhouse', 'spans').map((name) => block('clickhouse', name)),
    '## RudderStack’s warehouse',
    'The same over the tables that RudderStack makes of the events, in the dialect of PostgreSQL. The first file makes a view.',
    ...filesOf('rudder', 'runs').map((name) => block('rudder', name)),
  ].join('\n\n') + '\n'
