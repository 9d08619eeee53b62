import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { configDirectory } from '../../src/collector/paths.ts'
import { type Engine, type Question, questions, sqlOf } from '../../src/report/questions.ts'

/** Renders docs/analytics.md: the SQL in it is that of collector-config/analytics/. */

const meaning: Record<Question, string> = {
  'users-by-day':
    'An invocation is a span of type `run`. A user is a random id: an installation, not a person. `databases` counts what ' +
    "PostgreSQL calls its system identifier. Runs in CI have no id; `ci_sources` counts their configurations' hashes, or " +
    'machines where there is no configuration.',
  'users-by-week': 'Users of a week are fewer than the sum of its days: who comes on two days counts once.',
  retention: 'Rows are the week in which an id was first seen in these files, columns the weeks after it.',
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
    'the sums and are not missing. The report of a run that lasts is not complete until the run has ended.',
}

const block = (engine: Engine, name: string): string => `\`\`\`sql\n${sqlOf(engine, name).trim()}\n\`\`\``

const others = (engine: Engine): string[] =>
  readdirSync(join(configDirectory, 'analytics', engine)).map((file) => file.replace('.sql', ''))

export const analyticsPage = (): string =>
  [
    '# Analytics',
    'How to count users against invocations, and what the numbers cannot tell. This page is written by `npm run docs` from ' +
      '`collector-config/analytics/`; a test runs the DuckDB and the warehouse queries over runs whose numbers are known.',
    'With the files of a collector (`to/file.yaml`), or of a spool:',
    '    npm run report -- collector-data/spans --html report.html',
    'prints these tables, and writes a page with charts that needs no network and runs no script. `--json` prints JSON.',
    '## What the numbers cannot tell',
    [
      '- **A user is an installation.** One person with two machines is two; two people with one account are one. Who deletes ' +
        'the id, or says no and yes again, is new.',
      '- **CI is not users.** Its runs carry no id; hashes of configuration or host stand in, and a fleet of equal runners ' +
        'may be one of them.',
      '- **Containers begin anew**: without a home that lasts each run is a first run (`random_id_persisted` is false). Leave ' +
        'those out, or count databases.',
      '- **A database id is copied** with an image or a snapshot.',
      '- **Who has said no is not there**, and neither is who never saw the notice.',
      '- **Delivery is late.** What was recorded offline comes up to a month later, with the time of its recording: recent days ' +
        'grow still. Clocks of clients can be wrong.',
    ].join('\n'),
    '## DuckDB, over files',
    'The first statement makes the table `spans`, each span once; the others ask it.',
    block('duckdb', 'spans'),
    ...(Object.keys(questions) as Question[]).flatMap((name) => [
      `### ${questions[name]}`,
      meaning[name],
      block('duckdb', name),
    ]),
    '## ClickHouse',
    'The same over the table of the collector’s exporter (`to/clickhouse.yaml`). Written out, and not run by our tests.',
    ...others('clickhouse').map((name) => block('clickhouse', name)),
    '## RudderStack’s warehouse',
    'The same over the tables that RudderStack makes of the events, in the dialect of PostgreSQL.',
    ...others('rudder').map((name) => block('rudder', name)),
  ].join('\n\n') + '\n'
