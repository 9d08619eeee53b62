-- `fetch` is quoted because it is a word of SQL. An operation is an event `fetch` for each provider, `policy_run` for each policy, or else
-- `operation`.
-- An operation that is sampled counts for the others; those that an interval left out have succeeded. The columns of both exist
-- once a tool has sent such an operation.
WITH all_operations AS (
  SELECT DISTINCT ON (id) id, app, operation, success, duration_ms, to_jsonb(one) AS columns FROM operation AS one
  UNION ALL
  SELECT * FROM (
    SELECT DISTINCT ON (fetch_id) fetch_id AS id, app, operation, success, duration_ms, to_jsonb(one) AS columns
    FROM "fetch" AS one
  ) AS fetches
  UNION ALL
  SELECT DISTINCT ON (id) id, app, operation, success, duration_ms, to_jsonb(one) AS columns FROM policy_run AS one
),
weighed AS (
  SELECT
    *,
    coalesce(1e6 / nullif((columns ->> 'sample_per_million')::numeric, 0), 1) AS weight,
    coalesce((columns ->> 'sample_left_out')::numeric, 0) AS left_out
  FROM all_operations
)
SELECT
  app AS tool,
  coalesce(operation, '') AS operation,
  round(sum(weight * (1 + left_out))) AS runs,
  round(100.0 * sum(weight * (CASE WHEN success THEN 1 ELSE 0 END + left_out)) / sum(weight * (1 + left_out)), 1) AS success_percent,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)) AS p50_ms,
  round(percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)) AS p95_ms
FROM weighed GROUP BY app, operation ORDER BY tool, runs DESC, operation;
