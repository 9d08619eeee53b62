-- Users against invocations, by day (UTC). A run in CI has no user: its configuration, or its machine, stands in.
SELECT
  CAST(started AS DATE) AS day,
  count(*) AS invocations,
  count(DISTINCT installation) FILTER (NOT ci) AS users,
  count(DISTINCT database_id) FILTER (NOT ci) AS databases,
  count(*) FILTER (ci) AS ci_invocations,
  count(DISTINCT ci_hash) FILTER (ci) AS ci_sources
FROM (
  -- The database becomes known in an operation, and is on the lines that follow: a run has the last that its trace says.
  SELECT
    any_value(started) FILTER (type = 'run') AS started,
    any_value(installation) AS installation,
    max(database_id) AS database_id,
    any_value(ci_hash) AS ci_hash,
    bool_or(ci) AS ci
  FROM spans GROUP BY trace_id HAVING bool_or(type = 'run')
)
GROUP BY day ORDER BY day;
