import { stringify } from 'yaml'
import { grafanaRules, prometheusRules } from './alerts.ts'
import { operationDashboard } from './operation.ts'
import { productDashboard } from './product.ts'

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`
const note = '# Written by `npm run docs`, checked by a test. Not edited by hand.\n'
const yaml = (value: object): string => note + stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0 })

/** The files of collector-config/dashboards/. */
export const dashboardFiles: Readonly<Record<string, () => string>> = {
  'product.json': () => json(productDashboard()),
  'operation.json': () => json(operationDashboard()),
  'prometheus-rules.yaml': () => yaml(prometheusRules()),
  'grafana-alerts.yaml': () => yaml(grafanaRules()),
}
