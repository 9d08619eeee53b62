-- Users and invocations by day (UTC). A day without any has a row, too.
WITH counted AS (
  SELECT day, tool,
    sum(1 + left_out) AS invocations,
    count(DISTINCT user_key) AS users,
    count(DISTINCT user_key) FILTER (WHERE persisted) AS returning_users,
    count(DISTINCT id_seen_once) AS ids_seen_once,
    count(DISTINCT machine) FILTER (WHERE NOT ci) AS machines,
    coalesce(sum(1 + left_out) FILTER (WHERE ci), 0) AS ci_invocations,
    count(DISTINCT ci_source) AS ci_sources
  FROM cq_runs GROUP BY day, tool
),
days AS (
  SELECT DISTINCT tool, each::date AS day
  FROM cq_runs, generate_series((SELECT min(day) FROM cq_runs), (SELECT max(day) FROM cq_runs), INTERVAL '1 day') AS each
)
SELECT
  day,
  tool,
  coalesce(invocations, 0) AS invocations,
  coalesce(users, 0) AS users,
  coalesce(returning_users, 0) AS returning_users,
  coalesce(ids_seen_once, 0) AS ids_seen_once,
  coalesce(machines, 0) AS machines,
  coalesce(ci_invocations, 0) AS ci_invocations,
  coalesce(ci_sources, 0) AS ci_sources
FROM days LEFT JOIN counted USING (day, tool) ORDER BY day, tool;
