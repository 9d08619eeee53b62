-- Which versions are in use, by users and by invocations.
SELECT tool, version, uniqExact(user_key) AS users, sum(1 + left_out) AS invocations, max(toDate(started)) AS last_seen
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'run' GROUP BY tool, version ORDER BY tool, users DESC, invocations DESC, version;
