-- Crashes by fault. An installation reports five a day. More are only counted (`suppressed`).
SELECT
  tool,
  attributes['cq.crash.fingerprint'] AS fingerprint,
  min(error_type) AS error_type,
  min(operation) AS operation,
  min(JSONExtractString(attributes['cq.crash.frames'], 1)) AS first_frame,
  count() AS reports,
  uniqExact(user_key) AS users,
  arrayStringConcat(arraySort(groupUniqArray(version)), ' ') AS versions
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'crash' GROUP BY tool, fingerprint
ORDER BY tool, users DESC, reports DESC, fingerprint LIMIT 50 BY tool;
