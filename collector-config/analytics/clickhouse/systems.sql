-- On which systems and runtimes, and in which countries.
SELECT tool, os, runtime, country, uniqExact(user_key) AS users, sum(1 + left_out) AS invocations
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'run' GROUP BY tool, os, runtime, country
ORDER BY tool, users DESC, invocations DESC, os, runtime, country LIMIT 50 BY tool;
