import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { type Question, sqlOf } from '../../../src/report/questions.ts'

/** Queries of panels and of alert rules, for Grafana's plugin of ClickHouse: they are those of collector-config/analytics. */

/** The question over the time range of the dashboard, as the plugin's macros, and of this tool. */
export const panelSql = (question: Question, tool: string): string =>
  sqlOf('clickhouse', question)
    .trim()
    .replace(/;$/, '')
    .replaceAll("{since:DateTime('UTC')}", "toTimeZone($__fromTime, 'UTC')")
    .replaceAll("{until:DateTime('UTC')}", "toTimeZone($__toTime, 'UTC')")
    .replaceAll('{tool:String}', tool)

interface ClickhouseQuery extends Dataquery {
  refId: string
  editorType: 'sql'
  rawSql: string
  /** 0 is a time series, 1 a table. */
  format: 0 | 1
  queryType: 'timeseries' | 'table'
}

export const clickhouseQuery = (rawSql: string, shape: 'timeseries' | 'table'): Builder<Dataquery> => {
  const query: ClickhouseQuery = {
    refId: 'A',
    editorType: 'sql',
    rawSql,
    format: shape === 'table' ? 1 : 0,
    queryType: shape,
    _implementsDataqueryVariant: () => undefined,
  }
  return { build: () => query }
}
