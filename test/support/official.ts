import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

interface Written {
  readonly resourceSpans: readonly { readonly resource: { schemaUrl?: string } }[]
}

/**
 * What the official serializer makes of spans, without `resource.schemaUrl`: OTLP has no such field, the serializer writes
 * the URL there as well as beside the resource.
 */
export const officialJson = (spans: ReadableSpan[]): string => {
  const written = JSON.parse(Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? []).toString('utf8')) as Written
  for (const { resource } of written.resourceSpans) delete resource.schemaUrl
  return JSON.stringify(written)
}
