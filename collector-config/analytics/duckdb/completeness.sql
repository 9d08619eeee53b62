-- Whether all has come: what runs say they recorded against what was received, and what clients say was lost.
WITH traces AS (
  SELECT
    max(CAST(value_of(attributes['cq.spans.recorded']) AS BIGINT)) AS recorded,
    count(*) FILTER (type NOT IN ('delivery', 'progress')) AS received
  FROM spans GROUP BY trace_id
)
SELECT
  (SELECT count(*) FROM traces WHERE recorded IS NOT NULL) AS runs,
  (SELECT count(*) FROM traces WHERE recorded > received) AS incomplete_runs,
  (SELECT coalesce(sum(recorded - received), 0) FROM traces WHERE recorded > received) AS missing_spans,
  coalesce(sum(CAST(value_of(attributes['cq.lost.expired']) AS BIGINT)), 0) AS lost_expired,
  coalesce(sum(CAST(value_of(attributes['cq.lost.overflow']) AS BIGINT)), 0) AS lost_overflow,
  coalesce(sum(CAST(value_of(attributes['cq.lost.rejected']) AS BIGINT)), 0) AS lost_rejected,
  coalesce(sum(CAST(value_of(attributes['cq.lost.unreadable']) AS BIGINT)), 0) AS lost_unreadable
FROM spans WHERE type = 'delivery';
