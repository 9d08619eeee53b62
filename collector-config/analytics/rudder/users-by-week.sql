-- The same by week, from Monday. A user who comes on several days counts once.
WITH counted AS (
  SELECT week, tool,
    sum(1 + left_out) AS invocations,
    count(DISTINCT user_key) AS users,
    count(DISTINCT user_key) FILTER (WHERE persisted) AS returning_users,
    count(DISTINCT id_seen_once) AS ids_seen_once,
    count(DISTINCT machine) FILTER (WHERE NOT ci) AS machines,
    coalesce(sum(1 + left_out) FILTER (WHERE ci), 0) AS ci_invocations,
    count(DISTINCT ci_source) AS ci_sources
  FROM cq_runs GROUP BY week, tool
),
weeks AS (
  SELECT DISTINCT tool, each::date AS week
  FROM cq_runs, generate_series((SELECT min(week) FROM cq_runs), (SELECT max(week) FROM cq_runs), INTERVAL '7 days') AS each
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
