import { additions, pipelines } from '../collector/pipeline-table.ts'

const list = (table: typeof pipelines): string =>
  Object.entries(table)
    .map(([name, { purpose }]) => `  ${name.padEnd(11)} ${purpose}`)
    .join('\n')

/** The end of the help of `cq-telemetry collector`. */
export const collectorHelp = (): string =>
  `\nPipelines:\n${list(pipelines)}\n\nAdditions:\n${list(additions)}\n\n` +
  'The first run builds the collector with Go, in a few minutes, into ~/.cache/cq-telemetry (XDG_CACHE_HOME). OTELCOL_BIN\n' +
  'names a collector of your own. docs/collector.md has the variables of each pipeline.\n\nExamples:\n' +
  '  $ npx cq-telemetry collector dev\n' +
  '  $ CQ_KEYS_FILE=keys npx cq-telemetry collector all-in-one --with geo\n' +
  '  $ CQ_KEYS_FILE=keys npx cq-telemetry collector all-in-one --print > start-collector'
