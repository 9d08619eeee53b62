import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { usePlace } from '../support/place.ts'
import { withTool } from '../support/tools.ts'

/** The expressions of the dashboard, and the alert rules, in Prometheus' own tool. */

const folder = new URL('../../collector-config/dashboards/', import.meta.url).pathname
const rules = join(folder, 'prometheus-rules.yaml')

const place = usePlace()
const promtool = (...args: string[]): string =>
  execFileSync('promtool', args, { cwd: place.cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

interface Panel {
  readonly panels?: readonly Panel[]
  readonly targets?: readonly { readonly expr: string }[]
}
const expressions = (panels: readonly Panel[]): string[] =>
  panels.flatMap(({ panels: below = [], targets = [] }) => [...targets.map(({ expr }) => expr), ...expressions(below)])

/** A test of promtool: after two hours of these series, with a value a minute, these alerts fire. */
const firing = (series: Readonly<Record<string, string>>, alerts: readonly string[]) => ({
  rule_files: [rules],
  tests: [
    {
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: '2h',
          exp_samples: alerts.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        },
      ],
    },
  ],
})
const names = [...readFileSync(rules, 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => String(name))

const queue = 'otelcol_exporter_queue_size{exporter="e"}'
const capacity = 'otelcol_exporter_queue_capacity{exporter="e"}'

withTool('promtool', describe)('promtool', () => {
  test('reads every expression of the dashboard', () => {
    const { panels } = JSON.parse(readFileSync(join(folder, 'operation.json'), 'utf8')) as { panels: Panel[] }
    const all = expressions(panels)
    expect(all.length).toBeGreaterThan(15)
    const recorded = all.map((expr, index) => ({ record: `panel:${index}`, expr }))
    writeFileSync(join(place.cwd, 'panels.yaml'), stringify({ groups: [{ name: 'panels', rules: recorded }] }))
    expect(promtool('check', 'rules', 'panels.yaml')).toContain(`SUCCESS: ${all.length} rules found`)
  })

  test('reads the alert rules', () => {
    expect(promtool('check', 'rules', rules)).toContain(`SUCCESS: ${names.length} rules found`)
  })

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['a queue that grows for two hours', { [queue]: '0+100x120', [capacity]: '1000000x120' }, ['CqQueueGrows']],
    ['a queue that is short', { [queue]: '0 1 2 0 3 0 1x114', [capacity]: '1000000x120' }, []],
    ['a queue that shrinks', { [queue]: '20000-100x120', [capacity]: '1000000x120' }, []],
    ['a queue that is nearly full', { [queue]: '900x120', [capacity]: '1000x120' }, ['CqQueueNearlyFull']],
    ['refusals', { 'otelcol_receiver_refused_spans{receiver="otlp"}': '0+5x120' }, ['CqReceiverRefuses']],
    ['no refusals', { 'otelcol_receiver_refused_spans{receiver="otlp"}': '7x120' }, []],
    ['spans that were given up', { 'otelcol_exporter_send_failed_spans{exporter="e"}': '0+1x120' }, ['CqSpansLost']],
    [
      'spans for which there was no place',
      { 'otelcol_exporter_enqueue_failed_spans{exporter="e"}': '0+1x120' },
      ['CqSpansLost'],
    ],
    ['a bridge that is not ready', { 'cq_bridge_ready{instance="b"}': '0x120' }, ['CqBridgeNotReady']],
    ['a bridge that is', { 'cq_bridge_ready{instance="b"}': '1x120' }, []],
    ['events that RudderStack refuses', { cq_bridge_events_rejected_total: '0+1x120' }, ['CqBridgeRefused']],
  ])('%s: what belongs to it fires, and nothing else', (_, series, expected) => {
    writeFileSync(join(place.cwd, 'test.yaml'), stringify(firing(series, expected)))
    expect(promtool('test', 'rules', 'test.yaml')).toContain('SUCCESS')
  })
})
