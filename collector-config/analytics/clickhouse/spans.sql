-- Makes views over the table of the collector's exporter, with Map columns. The questions ask `cq_spans`. Its parameters are `since`,
-- `until` (excluded) and `tool`, which is empty for all tools. A value of another form is NULL.

-- An id is kept if a run found it where an earlier one had put it.
CREATE OR REPLACE VIEW cq_kept_ids AS
SELECT DISTINCT ServiceName AS tool, ResourceAttributes['app.installation.id'] AS installation
FROM otel_traces
WHERE ResourceAttributes['cq.random_id_persisted'] != 'false' AND ResourceAttributes['app.installation.id'] != ''
  AND SpanAttributes['cq.span.type'] != 'forget';

-- Each span once, with its user: the id if it is kept, or else the machine, which stays the same if somebody deletes the id
-- before each run. A run in CI has no user: its project, its configuration or its machine stands in.
CREATE OR REPLACE VIEW cq_spans AS
SELECT
  ServiceName AS tool,
  -- A run of a child process has the trace of its parent, but an instance of its own.
  coalesce(nullIf(ResourceAttributes['service.instance.id'], ''), TraceId) AS run,
  SpanAttributes['cq.span.type'] AS type,
  toTimeZone(Timestamp, 'UTC') AS started,
  SpanAttributes['cq.aborted'] = 'true' AS aborted,
  -- Of what was killed the end is not known. A duration below zero, or beyond ten years, is one of a clock that was set.
  if(aborted OR Duration > 315360000000000000, NULL, Duration / 1e6) AS duration_ms,
  SpanAttributes['cq.operation.name'] AS operation,
  -- How many operations one stands for.
  toUInt32OrZero(SpanAttributes['cq.sample.per_million']) AS per_million,
  if(per_million BETWEEN 1 AND 1000000, 1e6 / per_million, 1) AS weight,
  -- How many of its kind were left out before it, all of which succeeded.
  toUInt64OrZero(SpanAttributes['cq.sample.left_out']) AS of_interval,
  if(of_interval <= 1000000000, of_interval, 0) AS left_out,
  SpanAttributes['cq.success'] = 'true' AS success,
  SpanAttributes['error.type'] AS error_type,
  SpanAttributes['cq.error.class'] AS error_class,
  toInt64OrNull(SpanAttributes['process.exit.code']) AS exit_code,
  nullIf(ResourceAttributes['app.installation.id'], '') AS installation,
  ResourceAttributes['cq.random_id_persisted'] != 'false' AS persisted,
  coalesce(nullIf(ResourceAttributes['cq.hash.mac'], ''), nullIf(ResourceAttributes['cq.hash.host'], '')) AS machine,
  ResourceAttributes['cq.ci'] = 'true' AS ci,
  ResourceAttributes['cq.agent'] AS agent,
  (tool, ResourceAttributes['app.installation.id']) IN (SELECT tool, installation FROM cq_kept_ids) AS kept,
  if(ci, NULL, if(kept, installation, machine)) AS user_key,
  if(ci OR kept, NULL, installation) AS id_seen_once,
  if(
    ci,
    coalesce(nullIf(ResourceAttributes['cq.project.id'], ''), nullIf(ResourceAttributes['cq.config.hash'], ''), machine),
    NULL
  ) AS ci_source,
  nullIf(ResourceAttributes['cq.database.id'], '') AS database_id,
  ResourceAttributes['service.version'] AS version,
  ResourceAttributes['os.type'] AS os,
  ResourceAttributes['process.runtime.version'] AS runtime,
  ResourceAttributes['geo.country.iso_code'] AS country,
  SpanAttributes AS attributes
FROM otel_traces
WHERE ScopeName = 'cq-telemetry' AND TraceId != '' AND SpanId != ''
  -- `progress` is a report of an operation that has not ended, and `forget` a request to delete what an installation has sent.
  AND SpanAttributes['cq.span.type'] NOT IN ('progress', 'forget')
  AND Timestamp >= {since:DateTime('UTC')} AND Timestamp < {until:DateTime('UTC')}
  -- Before 2020 and after tomorrow the clock was wrong.
  AND Timestamp >= toDateTime('2020-01-01 00:00:00', 'UTC') AND Timestamp < now() + INTERVAL 1 DAY
  AND ({tool:String} = '' OR ServiceName = {tool:String})
LIMIT 1 BY TraceId, SpanId;
