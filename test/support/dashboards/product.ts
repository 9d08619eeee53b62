import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { type Question, questions } from '../../../src/report/questions.ts'
import { clickhouseQuery, panelSql } from './clickhouse-query.ts'

/** The questions of docs/analytics.md as a dashboard over ClickHouse, for one tool at a time. */

const datasource = { type: 'grafana-clickhouse-datasource', uid: '${datasource}' }
const tool = '${tool:singlequote}'

const tableOf = (question: Question) =>
  new table.PanelBuilder()
    .title(questions[question])
    .datasource(datasource)
    .height(9)
    .span(24)
    .withTarget(clickhouseQuery(panelSql(question, tool), 'table'))

/** Lines of these columns of a question whose rows are days. */
const linesOf = (title: string, columns: readonly string[]) => {
  const sql = `SELECT toDateTime(day, 'UTC') AS time, ${columns.join(', ')} FROM (\n${panelSql('users-by-day', tool)}\n) ORDER BY time`
  return new timeseries.PanelBuilder()
    .title(title)
    .datasource(datasource)
    .height(9)
    .span(12)
    .min(0)
    .withTarget(clickhouseQuery(sql, 'timeseries'))
}

const tools = new QueryVariableBuilder('tool')
  .label('Tool')
  .datasource(datasource)
  .query("SELECT DISTINCT ServiceName FROM otel_traces WHERE ScopeName = 'cq-telemetry' ORDER BY ServiceName")
  .refresh(VariableRefresh.OnDashboardLoad)

const rows: readonly (readonly [string, readonly Question[]])[] = [
  ['Users by week', ['users-by-week', 'retention']],
  ['Users of tools without ids', ['users-without-ids', 'retention-without-ids']],
  ['Operations', ['operations', 'resources', 'exits']],
  ['Versions, systems and callers', ['versions', 'systems', 'callers']],
  ['Errors and losses', ['crashes', 'completeness']],
]

export const productDashboard = () => {
  const dashboard = new DashboardBuilder('Usage of a tool')
    .uid('cq-product')
    .tags(['cq-telemetry'])
    .time({ from: 'now-90d', to: 'now' })
    .timezone('utc')
    .weekStart('monday')
    .withVariable(new DatasourceVariableBuilder('datasource').label('ClickHouse').type('grafana-clickhouse-datasource'))
    .withVariable(tools)
    .withRow(new RowBuilder('Users by day'))
    .withPanel(linesOf('Users', ['users', 'returning_users', 'ids_seen_once', 'machines']))
    .withPanel(linesOf('Invocations', ['invocations', 'ci_invocations', 'ci_sources']))
  for (const [title, panels] of rows) {
    dashboard.withRow(new RowBuilder(title))
    for (const question of panels) dashboard.withPanel(tableOf(question))
  }
  return dashboard.build()
}
