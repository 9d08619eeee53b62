-- Lines of OTLP as a table of spans, each once. `files` is a list of files.
CREATE MACRO value_of(attribute) AS
  coalesce(attribute ->> '$.stringValue', attribute ->> '$.intValue', attribute ->> '$.boolValue', attribute ->> '$.doubleValue');
CREATE MACRO values_of(attribute) AS
  list_transform(
    from_json(json_extract(attribute, '$.arrayValue.values'), '["JSON"]'),
    lambda each: coalesce(each ->> '$.stringValue', each ->> '$.intValue', each ->> '$.boolValue', each ->> '$.doubleValue')
  );
CREATE MACRO attributes_of(list) AS
  map_from_entries(list_transform(from_json(list, '[{"key": "VARCHAR", "value": "JSON"}]'), lambda each: (each.key, each.value)));

CREATE TABLE spans AS
WITH lines AS (
  SELECT unnest(resourceSpans) AS resource_spans
  FROM read_json(
    getvariable('files'),
    format = 'newline_delimited', columns = {resourceSpans: 'JSON[]'}, ignore_errors = true, maximum_object_size = 67108864
  )
),
scopes AS (
  SELECT
    attributes_of(resource_spans -> '$.resource.attributes') AS resource,
    unnest(from_json(resource_spans -> '$.scopeSpans', '["JSON"]')) AS scope_spans
  FROM lines
),
raw AS (
  SELECT resource, unnest(from_json(scope_spans -> '$.spans', '["JSON"]')) AS span
  FROM scopes
  WHERE scope_spans ->> '$.scope.name' = 'cq-telemetry'
),
flat AS (
  SELECT
    resource,
    attributes_of(span -> '$.attributes') AS attributes,
    span ->> '$.traceId' AS trace_id,
    span ->> '$.spanId' AS span_id,
    CAST(span ->> '$.startTimeUnixNano' AS UBIGINT) AS start_ns,
    CAST(span ->> '$.endTimeUnixNano' AS UBIGINT) AS end_ns
  FROM raw
)
SELECT
  trace_id,
  span_id,
  make_timestamp_ns(CAST(start_ns AS BIGINT)) AS started,
  value_of(attributes['cq.span.type']) AS type,
  value_of(attributes['cq.operation.name']) AS operation,
  value_of(attributes['cq.success']) = 'true' AS success,
  value_of(attributes['error.type']) AS error_type,
  value_of(attributes['cq.error.class']) AS error_class,
  CAST(value_of(attributes['process.exit.code']) AS INTEGER) AS exit_code,
  -- Of what was killed the end is not known.
  CASE WHEN value_of(attributes['cq.aborted']) IS NULL THEN (end_ns - start_ns) / 1e6 END AS duration_ms,
  value_of(attributes['cq.aborted']) = 'true' AS aborted,
  value_of(resource['app.installation.id']) AS installation,
  value_of(resource['cq.database.id']) AS database_id,
  coalesce(value_of(resource['cfghash']), value_of(resource['cq.hash.host'])) AS ci_hash,
  coalesce(value_of(resource['ci']) = 'true', false) AS ci,
  value_of(resource['service.version']) AS version,
  value_of(resource['os.type']) AS os,
  value_of(resource['process.runtime.version']) AS runtime,
  value_of(resource['geo.country.iso_code']) AS country,
  attributes
FROM flat
-- An operation that was reported before its end counts once it has ended.
QUALIFY row_number() OVER (PARTITION BY trace_id, span_id ORDER BY value_of(attributes['cq.span.type']) = 'progress', end_ns DESC) = 1;
