-- Makes a table of spans from lines of OTLP, each span once. Set the variable `files`, a list of files. You may set `tool`, and `since`
-- and `until` (timestamps in UTC; `until` is excluded). A value of another form is NULL.
CREATE MACRO value_at(attributes, name) AS
  -- Of a key that is there twice, the first.
  attributes[list_position(list_transform(attributes, lambda each: each.key), name)].value;
CREATE MACRO scalar(value) AS coalesce(value.stringValue, value.intValue, value.boolValue, value.doubleValue);
CREATE MACRO text_at(attributes, name) AS scalar(value_at(attributes, name));
CREATE MACRO count_at(attributes, name) AS TRY_CAST(text_at(attributes, name) AS BIGINT);
CREATE MACRO texts_at(attributes, name) AS
  list_transform(value_at(attributes, name).arrayValue."values", lambda each: scalar(each));

CREATE MACRO since() AS CAST(getvariable('since') AS TIMESTAMP);
CREATE MACRO until() AS CAST(getvariable('until') AS TIMESTAMP);

CREATE TABLE every_span AS
WITH lines AS (
  SELECT unnest(resourceSpans) AS resource_spans
  FROM read_json(
    getvariable('files'), format = 'newline_delimited', records = true, ignore_errors = true, maximum_object_size = 16777216,
    columns = {resourceSpans: 'STRUCT(
      resource STRUCT(attributes STRUCT("key" VARCHAR, "value" STRUCT(
        stringValue VARCHAR, intValue VARCHAR, boolValue VARCHAR, doubleValue VARCHAR
      ))[]),
      scopeSpans STRUCT(scope STRUCT("name" VARCHAR), spans STRUCT(
        traceId VARCHAR, spanId VARCHAR, startTimeUnixNano VARCHAR, endTimeUnixNano VARCHAR,
        attributes STRUCT("key" VARCHAR, "value" STRUCT(
          stringValue VARCHAR, intValue VARCHAR, boolValue VARCHAR, doubleValue VARCHAR,
          arrayValue STRUCT("values" STRUCT(stringValue VARCHAR, intValue VARCHAR, boolValue VARCHAR, doubleValue VARCHAR)[])
        ))[]
      )[])[]
    )[]'}
  )
),
scopes AS (
  SELECT resource_spans.resource.attributes AS resource, unnest(resource_spans.scopeSpans) AS scope_spans FROM lines
),
flat AS (
  SELECT resource, unnest(scope_spans.spans) AS span FROM scopes WHERE scope_spans.scope.name = 'cq-telemetry'
),
typed AS (
  SELECT
    text_at(resource, 'service.name') AS tool,
    span.traceId AS trace_id,
    span.spanId AS span_id,
    TRY_CAST(span.startTimeUnixNano AS HUGEINT) AS start_ns,
    TRY_CAST(span.endTimeUnixNano AS HUGEINT) AS end_ns,
    text_at(span.attributes, 'cq.span.type') AS type,
    text_at(span.attributes, 'cq.aborted') IS NOT DISTINCT FROM 'true' AS aborted,
    resource,
    span.attributes AS attributes
  FROM flat
)
SELECT
  coalesce(tool, '') AS tool,
  trace_id,
  span_id,
  -- A run of a child process has the trace of its parent, but an instance of its own.
  coalesce(text_at(resource, 'service.instance.id'), trace_id) AS run,
  type,
  -- Before 2020 and after tomorrow the clock was wrong.
  CASE WHEN start_ns >= 1577836800000000000 AND start_ns < epoch_ns(now()) + 86400000000000
    THEN make_timestamp_ns(CAST(start_ns AS BIGINT)) END AS started,
  -- Of what was killed the end is not known. A duration below zero, or beyond ten years, is one of a clock that was set.
  CASE WHEN NOT aborted AND end_ns BETWEEN start_ns AND start_ns + 315360000000000000
    THEN CAST(end_ns - start_ns AS BIGINT) / 1e6 END AS duration_ms,
  aborted,
  text_at(attributes, 'cq.operation.name') AS operation,
  text_at(attributes, 'cq.success') IS NOT DISTINCT FROM 'true' AS success,
  text_at(attributes, 'error.type') AS error_type,
  text_at(attributes, 'cq.error.class') AS error_class,
  count_at(attributes, 'process.exit.code') AS exit_code,
  text_at(resource, 'app.installation.id') AS installation,
  text_at(resource, 'cq.random_id_persisted') IS DISTINCT FROM 'false' AS persisted,
  coalesce(text_at(resource, 'cq.hash.mac'), text_at(resource, 'cq.hash.host')) AS machine,
  text_at(resource, 'cq.project.id') AS project,
  text_at(resource, 'cq.config.hash') AS configuration,
  text_at(resource, 'cq.database.id') AS database_id,
  text_at(resource, 'cq.ci') IS NOT DISTINCT FROM 'true' AS ci,
  text_at(resource, 'cq.agent') AS agent,
  text_at(resource, 'service.version') AS version,
  text_at(resource, 'os.type') AS os,
  text_at(resource, 'process.runtime.version') AS runtime,
  text_at(resource, 'geo.country.iso_code') AS country,
  -- How many operations one stands for.
  CASE WHEN count_at(attributes, 'cq.sample.per_million') BETWEEN 1 AND 1000000
    THEN 1e6 / count_at(attributes, 'cq.sample.per_million') ELSE 1 END AS weight,
  -- How many of its kind were left out before it, all of which succeeded.
  CASE WHEN count_at(attributes, 'cq.sample.left_out') BETWEEN 1 AND 1000000000
    THEN count_at(attributes, 'cq.sample.left_out') ELSE 0 END AS left_out,
  count_at(attributes, 'cq.spans.recorded') AS recorded,
  count_at(attributes, 'cq.lost.expired') AS lost_expired,
  count_at(attributes, 'cq.lost.overflow') AS lost_overflow,
  count_at(attributes, 'cq.lost.rejected') AS lost_rejected,
  count_at(attributes, 'cq.lost.unreadable') AS lost_unreadable,
  text_at(attributes, 'cq.first.day') AS first_day,
  text_at(attributes, 'cq.first.week') AS first_week,
  text_at(attributes, 'cq.first.month') AS first_month,
  text_at(attributes, 'cq.age') AS age,
  text_at(attributes, 'cq.crash.fingerprint') AS fingerprint,
  texts_at(attributes, 'cq.crash.frames')[1] AS first_frame,
  texts_at(attributes, 'cq.providers.names') AS providers,
  CAST(list_zip(
    texts_at(attributes, 'cq.resources.names'),
    texts_at(attributes, 'cq.resources.providers'),
    texts_at(attributes, 'cq.resources.counts'),
    texts_at(attributes, 'cq.resources.fetch_counts'),
    texts_at(attributes, 'cq.resources.errors'),
    texts_at(attributes, 'cq.resources.durations_ms')
  ) AS STRUCT(resource VARCHAR, provider VARCHAR, items VARCHAR, fetches VARCHAR, errors VARCHAR, duration_ms VARCHAR)[]
  ) AS resources
FROM typed
-- `progress` is a report of an operation that has not ended, and `forget` a request to delete what an installation has sent.
WHERE length(trace_id) = 32 AND length(span_id) = 16 AND type NOT IN ('progress', 'forget');
DELETE FROM every_span WHERE rowid NOT IN (SELECT max(rowid) FROM every_span GROUP BY trace_id, span_id);

-- An id is kept if a run found it where an earlier one had put it.
CREATE TABLE kept_ids AS SELECT DISTINCT tool, installation, true AS kept FROM every_span WHERE persisted AND installation IS NOT NULL;

-- What was recorded by `until`, with its user: the id if it is kept, or else the machine, which stays the same if somebody
-- deletes the id before each run. A run in CI has no user: its project, its configuration or its machine stands in.
CREATE VIEW spans_until AS
SELECT
  every_span.*,
  CASE WHEN NOT ci THEN CASE WHEN kept THEN installation ELSE machine END END AS user_key,
  CASE WHEN NOT ci AND kept IS NULL THEN installation END AS id_seen_once,
  CASE WHEN ci THEN coalesce(project, configuration, machine) END AS ci_source
FROM every_span LEFT JOIN kept_ids USING (tool, installation)
WHERE started IS NOT NULL
  AND tool = coalesce(getvariable('tool'), tool)
  AND (until() IS NULL OR started < until());

CREATE VIEW spans AS SELECT * FROM spans_until WHERE since() IS NULL OR started >= since();
