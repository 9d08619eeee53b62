-- Whether everything has arrived: what runs have recorded beside what was received, and what clients have lost. Spans that a wrong
-- clock puts before 2020 or after tomorrow are counted here alone.
WITH
received AS (
  SELECT
    tool,
    run,
    countIf(type != 'delivery') AS spans,
    maxIf(
      toInt64OrNull(attributes['cq.spans.recorded']),
      type = 'run' AND started >= {since:DateTime('UTC')} AND started < {until:DateTime('UTC')}
    ) AS recorded
  -- The spans of a run can be on both sides of a bound.
  FROM cq_spans(since = {since:DateTime('UTC')} - INTERVAL 1 DAY, until = {until:DateTime('UTC')} + INTERVAL 1 DAY, tool = {tool:String})
  GROUP BY tool, run
)
SELECT
  tool,
  sum(of_run) AS runs,
  countIf(missing > 0) AS incomplete_runs,
  sumIf(missing, missing > 0) AS missing_spans,
  sum(expired) AS lost_expired,
  sum(overflow) AS lost_overflow,
  sum(rejected) AS lost_rejected,
  sum(unreadable) AS lost_unreadable,
  sum(clock) AS wrong_clock
FROM (
  SELECT
    tool, 1 AS of_run, toFloat64(recorded) - spans AS missing,
    0. AS expired, 0. AS overflow, 0. AS rejected, 0. AS unreadable, 0 AS clock
  FROM received WHERE recorded IS NOT NULL
  UNION ALL
  SELECT
    tool, 0, 0.,
    toFloat64OrZero(attributes['cq.lost.expired']),
    toFloat64OrZero(attributes['cq.lost.overflow']),
    toFloat64OrZero(attributes['cq.lost.rejected']),
    toFloat64OrZero(attributes['cq.lost.unreadable']),
    0
  FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'delivery'
  UNION ALL
  SELECT ServiceName, 0, 0., 0., 0., 0., 0., 1
  FROM otel_traces
  WHERE (Timestamp < toDateTime('2020-01-01 00:00:00', 'UTC') OR Timestamp >= now() + INTERVAL 1 DAY)
    AND ScopeName = 'cq-telemetry' AND TraceId != '' AND SpanId != '' AND SpanAttributes['cq.span.type'] != 'progress'
    AND ({tool:String} = '' OR ServiceName = {tool:String})
  LIMIT 1 BY TraceId, SpanId
)
GROUP BY tool ORDER BY tool;
