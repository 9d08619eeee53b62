-- Who runs it: people (and their scripts), coding agents, and CI.
SELECT
  tool,
  CASE WHEN ci THEN 'CI' ELSE coalesce(agent, 'person') END AS caller,
  count(DISTINCT user_key) AS users,
  sum(1 + left_out) AS invocations
FROM spans WHERE type = 'run' GROUP BY ALL ORDER BY tool, users DESC, invocations DESC, caller;
