-- Users and invocations by day (UTC). A day without any has a row, too.
SELECT
  toDate(started) AS day,
  tool,
  sumIf(1 + left_out, type = 'run') AS invocations,
  uniqExactIf(user_key, type = 'run') AS users,
  uniqExactIf(user_key, type = 'run' AND persisted) AS returning_users,
  uniqExactIf(id_seen_once, type = 'run') AS ids_seen_once,
  uniqExactIf(machine, type = 'run' AND NOT ci) AS machines,
  -- The database becomes known in an operation, and is on the lines that follow.
  uniqExactIf(database_id, NOT ci) AS databases,
  sumIf(1 + left_out, type = 'run' AND ci) AS ci_invocations,
  uniqExactIf(ci_source, type = 'run') AS ci_sources
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
GROUP BY day, tool
ORDER BY tool, day WITH FILL FROM toDate({since:DateTime('UTC')}) TO toDate({until:DateTime('UTC')} - 1) + 1;
