import { QueryBuilder, RuleBuilder } from '@grafana/grafana-foundation-sdk/alerting'
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { clickhouseQuery, panelSql } from './clickhouse-query.ts'

/** Alert rules: of the collector and the bridge for Prometheus, of what clients report for Grafana over ClickHouse. */

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly severity: 'critical' | 'warning'
  readonly summary: string
}

const alerts: readonly Alert[] = [
  {
    alert: 'CqQueueGrows',
    expr: 'deriv(otelcol_exporter_queue_size[30m]) > 0 and otelcol_exporter_queue_size > 100',
    for: '30m',
    severity: 'warning',
    summary: 'The queue of {{ $labels.exporter }} grows: its server is away, or too slow.',
  },
  {
    alert: 'CqQueueNearlyFull',
    expr: 'otelcol_exporter_queue_size / otelcol_exporter_queue_capacity > 0.8',
    for: '10m',
    severity: 'critical',
    summary: 'The queue of {{ $labels.exporter }} is nearly full; beyond it clients are refused.',
  },
  {
    alert: 'CqReceiverRefuses',
    expr: 'rate(otelcol_receiver_refused_spans[10m]) > 0',
    for: '10m',
    severity: 'warning',
    summary:
      '{{ $labels.instance }} refuses spans: memory is short, or a queue is full. Clients keep them and try again.',
  },
  {
    alert: 'CqSpansLost',
    expr: 'increase(otelcol_exporter_send_failed_spans[15m]) > 0 or increase(otelcol_exporter_enqueue_failed_spans[15m]) > 0',
    for: '0m',
    severity: 'critical',
    summary: '{{ $labels.exporter }} has given up spans.',
  },
  {
    alert: 'CqBridgeNotReady',
    expr: 'cq_bridge_ready == 0',
    for: '5m',
    severity: 'critical',
    summary: 'RudderStack takes nothing from the bridge {{ $labels.instance }}.',
  },
  {
    alert: 'CqBridgeRefused',
    expr: 'increase(cq_bridge_events_rejected_total[15m]) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'RudderStack refuses events of the bridge {{ $labels.instance }} for good.',
  },
]

export const prometheusRules = () => ({
  groups: [
    {
      name: 'cq-telemetry',
      rules: alerts.map(({ severity, summary, ...rule }) => ({
        ...rule,
        labels: { severity },
        annotations: { summary },
      })),
    },
  ],
})

const day = 86_400
const datasource = 'clickhouse'

const expression = (model: object): Builder<Dataquery> => ({
  build: () => ({ ...model, _implementsDataqueryVariant: () => undefined }),
})

interface Measured {
  readonly uid: string
  readonly title: string
  readonly days: number
  readonly sql: string
  readonly type: 'gt' | 'lt'
  readonly bound: number
  readonly summary: string
}

export const measured: readonly Measured[] = [
  {
    uid: 'cq-loss',
    title: 'Clients report losses',
    days: 7,
    sql: `SELECT tool, 100 * (lost_expired + lost_overflow + lost_rejected + lost_unreadable) / greatest(runs, 1) AS percent FROM (\n${panelSql('completeness', "''")}\n) ORDER BY tool`,
    type: 'gt',
    bound: 5,
    summary: 'Clients of {{ $labels.tool }} had to drop more than 5 events for each 100 runs of the last week.',
  },
  {
    uid: 'cq-users',
    title: 'Users fall against invocations',
    days: 35,
    sql: `SELECT tool, 100 * sumIf(users, recent) / nullIf(sumIf(runs, recent), 0) / (sumIf(users, NOT recent) / nullIf(sumIf(runs, NOT recent), 0)) AS percent FROM (\nSELECT tool, users, invocations - ci_invocations AS runs, day >= toDate(toTimeZone($__toTime, 'UTC')) - 7 AS recent FROM (\n${panelSql('users-by-day', "''")}\n)\n) GROUP BY tool HAVING percent IS NOT NULL ORDER BY tool`,
    type: 'lt',
    bound: 50,
    summary:
      'Users of {{ $labels.tool }} for each invocation have fallen to less than half of the four weeks before: a script, or a CI that is not known as one, runs it, or ids are no longer kept.',
  },
]

const ruleOf = ({ uid, title, days, sql, type, bound, summary }: Measured) => {
  const condition = { evaluator: { type, params: [bound] } }
  const {
    folderUID: _,
    ruleGroup: __,
    orgID: ___,
    ...rule
  } = new RuleBuilder(title)
    .uid(uid)
    .condition('B')
    .forDuration('0s')
    .noDataState('OK')
    .execErrState('Error')
    .labels({ severity: 'warning' })
    .annotations({ summary })
    .withQuery(
      new QueryBuilder('A')
        .datasourceUid(datasource)
        .relativeTimeRange({ from: days * day, to: 0 })
        .model(clickhouseQuery(sql, 'table')),
    )
    .withQuery(
      new QueryBuilder('B')
        .datasourceUid('__expr__')
        .relativeTimeRange({ from: 0, to: 0 })
        .model(expression({ refId: 'B', type: 'threshold', expression: 'A', conditions: [condition] })),
    )
    .build()
  return rule
}

/** A file for Grafana's folder `provisioning/alerting`. The data source of ClickHouse has the uid `clickhouse`. */
export const grafanaRules = () => ({
  apiVersion: 1,
  groups: [{ orgId: 1, name: 'cq-telemetry', folder: 'cq-telemetry', interval: '1h', rules: measured.map(ruleOf) }],
})
