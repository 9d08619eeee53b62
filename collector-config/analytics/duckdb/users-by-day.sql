-- Users and invocations by day (UTC). A day without any has a row, too.
WITH counted AS (
  SELECT
    CAST(started AS DATE) AS day,
    tool,
    coalesce(sum(1 + left_out) FILTER (type = 'run'), 0) AS invocations,
    count(DISTINCT user_key) FILTER (type = 'run') AS users,
    count(DISTINCT user_key) FILTER (type = 'run' AND persisted) AS returning_users,
    count(DISTINCT id_seen_once) FILTER (type = 'run') AS ids_seen_once,
    count(DISTINCT machine) FILTER (type = 'run' AND NOT ci) AS machines,
    -- The database becomes known in an operation, and is on the lines that follow.
    count(DISTINCT database_id) FILTER (NOT ci) AS databases,
    coalesce(sum(1 + left_out) FILTER (type = 'run' AND ci), 0) AS ci_invocations,
    count(DISTINCT ci_source) FILTER (type = 'run') AS ci_sources
  FROM spans GROUP BY ALL
),
tools AS (
  SELECT
    DISTINCT tool,
    CAST(coalesce(CASE WHEN since() > TIMESTAMP '2020-01-01' THEN since() END, min(day) OVER ()) AS DATE) AS first_day,
    coalesce(CAST(until() - INTERVAL 1 MICROSECOND AS DATE), max(day) OVER ()) AS last_day
  FROM counted WHERE invocations > 0
),
days AS (
  SELECT tool, CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS day FROM tools
)
SELECT
  day,
  tool,
  coalesce(invocations, 0) AS invocations,
  coalesce(users, 0) AS users,
  coalesce(returning_users, 0) AS returning_users,
  coalesce(ids_seen_once, 0) AS ids_seen_once,
  coalesce(machines, 0) AS machines,
  coalesce(databases, 0) AS databases,
  coalesce(ci_invocations, 0) AS ci_invocations,
  coalesce(ci_sources, 0) AS ci_sources
FROM days LEFT JOIN counted USING (day, tool) ORDER BY day, tool;
