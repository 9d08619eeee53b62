import { oneOf } from 'cq-telemetry'
import type { AdapterOptions } from 'cq-telemetry/commander'

/** What they all have in common. */
export const options = {
  app: { name: 'greet', version: '0.1.0' },
  // No vendor stands behind this example: whoever runs it says where its telemetry goes.
  otlp: { endpoint: process.env['GREET_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318' },
  attributes: { tone: oneOf('plain', 'loud') },
  publicNames: { packages: ['frameworks'] },
  // The example is always a checkout: saying where is also the wish to send.
  sendInDevelopment: process.env['GREET_OTLP_ENDPOINT'] !== undefined,
  // To try other options: GREET_OPTIONS='{"consent":"ask"}'. A tool has constants here.
  ...(JSON.parse(process.env['GREET_OPTIONS'] ?? '{}') as Partial<AdapterOptions>),
} satisfies AdapterOptions
