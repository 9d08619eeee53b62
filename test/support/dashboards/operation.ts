import { DashboardBuilder, DatasourceVariableBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

/** What the collector and the bridge say of themselves, from Prometheus. */

const datasource = { type: 'prometheus', uid: '${datasource}' }

/** A panel with its queries, each with the legend of its lines. */
export type PanelRow = readonly [
  title: string,
  unit: string,
  ...queries: (readonly [expression: string, legend: string])[],
]

export const collectorPanels: readonly PanelRow[] = [
  ['Spans received', 'short', ['sum by (receiver) (rate(otelcol_receiver_accepted_spans[5m]))', '{{receiver}}']],
  [
    'Spans refused',
    'short',
    ['sum by (receiver) (rate(otelcol_receiver_refused_spans[5m]))', 'refused: {{receiver}}'],
    ['sum by (receiver) (rate(otelcol_receiver_failed_spans[5m]))', 'failed: {{receiver}}'],
    ['sum by (filter) (rate(otelcol_processor_filter_spans_filtered[5m]))', 'not in the schema: {{filter}}'],
  ],
  ['Queue', 'short', ['otelcol_exporter_queue_size', '{{instance}} {{exporter}}']],
  [
    'Queue, of its capacity',
    'percentunit',
    ['otelcol_exporter_queue_size / otelcol_exporter_queue_capacity', '{{instance}} {{exporter}}'],
  ],
  ['Spans sent', 'short', ['sum by (exporter) (rate(otelcol_exporter_sent_spans[5m]))', '{{exporter}}']],
  [
    'Spans that could not be sent',
    'short',
    ['sum by (exporter) (rate(otelcol_exporter_send_failed_spans[5m]))', 'send: {{exporter}}'],
    ['sum by (exporter) (rate(otelcol_exporter_enqueue_failed_spans[5m]))', 'queue: {{exporter}}'],
  ],
  ['Memory', 'bytes', ['otelcol_process_memory_rss', '{{instance}}']],
  ['Processors', 'short', ['rate(otelcol_process_cpu_seconds[5m])', '{{instance}}']],
]

export const bridgePanels: readonly PanelRow[] = [
  ['Requests', 'short', ['sum by (code) (rate(cq_bridge_requests_total[5m]))', '{{code}}']],
  [
    'Events',
    'short',
    ['sum(rate(cq_bridge_events_delivered_total[5m]))', 'delivered'],
    ['sum(rate(cq_bridge_events_rejected_total[5m]))', 'rejected'],
  ],
  [
    'Spans',
    'short',
    ['sum(rate(cq_bridge_spans_received_total[5m]))', 'received'],
    ['sum(rate(cq_bridge_spans_forwarded_total[5m]))', 'forwarded'],
    ['sum(rate(cq_bridge_spans_refused_total[5m]))', 'refused'],
  ],
  [
    'RudderStack',
    's',
    [
      'histogram_quantile(0.95, sum by (le) (rate(cq_bridge_rudder_request_duration_seconds_bucket[5m])))',
      '95 % of requests',
    ],
    ['time() - cq_bridge_rudder_last_success_timestamp_seconds > 0', 'since the last success: {{instance}}'],
  ],
]

const panelOf = ([title, unit, ...queries]: PanelRow) => {
  const panel = new timeseries.PanelBuilder().title(title).datasource(datasource).unit(unit).min(0).height(8).span(12)
  queries.forEach(([expression, legend], index) =>
    panel.withTarget(
      new prometheus.DataqueryBuilder()
        .expr(expression)
        .legendFormat(legend)
        .refId(String.fromCodePoint(65 + index)),
    ),
  )
  return panel
}

export const operationDashboard = () => {
  const dashboard = new DashboardBuilder('Collector and bridge')
    .uid('cq-operation')
    .tags(['cq-telemetry'])
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withRow(new RowBuilder('Collector'))
  for (const row of collectorPanels) dashboard.withPanel(panelOf(row))
  dashboard.withRow(new RowBuilder('Bridge'))
  for (const row of bridgePanels) dashboard.withPanel(panelOf(row))
  return dashboard.build()
}
