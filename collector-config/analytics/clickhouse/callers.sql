-- Who runs it: people (and their scripts), coding agents, and CI.
SELECT
  tool, multiIf(ci, 'CI', agent != '', agent, 'person') AS caller, uniqExact(user_key) AS users, sum(1 + left_out) AS invocations
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'run' GROUP BY tool, caller ORDER BY tool, users DESC, invocations DESC, caller;
