-- The same by week, from Monday. A user who comes on several days counts once.
SELECT
  toMonday(started) AS week,
  tool,
  sum(1 + left_out) AS invocations,
  uniqExact(user_key) AS users,
  uniqExactIf(user_key, persisted) AS returning_users,
  uniqExact(id_seen_once) AS ids_seen_once,
  uniqExactIf(machine, NOT ci) AS machines,
  sumIf(1 + left_out, ci) AS ci_invocations,
  uniqExact(ci_source) AS ci_sources
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'run' GROUP BY week, tool
ORDER BY tool, week WITH FILL
  FROM toMonday({since:DateTime('UTC')}) TO toMonday({until:DateTime('UTC')} - 1) + 1 STEP INTERVAL 1 WEEK;
