-- Users of tools that send no id, by day, week (from Monday) and month: runs that say that they are the first in it.
SELECT
  mark.1 AS period,
  mark.2 AS begins,
  tool,
  sum(1 + left_out) AS invocations,
  countIf(mark.3 = 'true') AS users,
  -- The first run of an installation is the first of a week, too.
  countIf(attributes['cq.first.week'] = 'true' AND attributes['cq.age'] = 'new') AS new_users
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
ARRAY JOIN [
  ('day', toDate(started), attributes['cq.first.day']),
  ('week', toMonday(started), attributes['cq.first.week']),
  ('month', toStartOfMonth(started), attributes['cq.first.month'])
] AS mark
WHERE type = 'run' AND NOT ci AND attributes['cq.first.day'] IN ('true', 'false')
GROUP BY tool, period, begins ORDER BY tool, period, begins;
