-- Users of tools that send no id, by day, week (from Monday) and month: runs that say that they are the first in it.
WITH runs AS (
  SELECT tool, started, attributes['cq.first.day'] AS first_day, attributes['cq.first.week'] AS first_week,
    attributes['cq.first.month'] AS first_month, attributes['cq.age'] AS age
  FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'run' AND NOT ci AND first_day IN ('true', 'false')
)
SELECT
  mark.1 AS period,
  mark.2 AS begins,
  tool,
  count() AS invocations,
  countIf(mark.3 = 'true') AS users,
  -- The first run of an installation is the first of a week, too.
  countIf(first_week = 'true' AND age = 'new') AS new_users
FROM runs
ARRAY JOIN [
  ('day', toDate(started), first_day), ('week', toMonday(started), first_week), ('month', toStartOfMonth(started), first_month)
] AS mark
GROUP BY period, begins, tool ORDER BY tool, period, begins;
