-- The same by week, from Monday. A user who comes on several days counts once.
WITH counted AS (
  SELECT
    CAST(date_trunc('week', started) AS DATE) AS week,
    tool,
    sum(1 + left_out) AS invocations,
    count(DISTINCT user_key) AS users,
    count(DISTINCT user_key) FILTER (persisted) AS returning_users,
    count(DISTINCT id_seen_once) AS ids_seen_once,
    count(DISTINCT machine) FILTER (NOT ci) AS machines,
    coalesce(sum(1 + left_out) FILTER (ci), 0) AS ci_invocations,
    count(DISTINCT ci_source) AS ci_sources
  FROM spans WHERE type = 'run' GROUP BY ALL
),
tools AS (SELECT DISTINCT tool, min(week) OVER () AS first_week, max(week) OVER () AS last_week FROM counted),
weeks AS (
  SELECT tool, CAST(unnest(generate_series(first_week, last_week, INTERVAL 7 DAY)) AS DATE) AS week FROM tools
)
SELECT
  week,
  tool,
  coalesce(invocations, 0) AS invocations,
  coalesce(users, 0) AS users,
  coalesce(returning_users, 0) AS returning_users,
  coalesce(ids_seen_once, 0) AS ids_seen_once,
  coalesce(machines, 0) AS machines,
  coalesce(ci_invocations, 0) AS ci_invocations,
  coalesce(ci_sources, 0) AS ci_sources
FROM weeks LEFT JOIN counted USING (week, tool) ORDER BY week, tool;
