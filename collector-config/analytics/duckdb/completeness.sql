-- Whether everything has arrived: what runs have recorded beside what was received, and what clients have lost. Spans that a wrong
-- clock puts before 2020 or after tomorrow are counted here alone.
WITH received AS (SELECT tool, run, count(*) FILTER (type != 'delivery') AS received FROM every_span GROUP BY ALL),
runs AS (
  SELECT tool, run, max(recorded) AS recorded FROM spans WHERE type = 'run' AND recorded IS NOT NULL GROUP BY ALL
),
compared AS (
  SELECT
    tool,
    count(*) AS runs,
    count(*) FILTER (recorded > received) AS incomplete_runs,
    sum(recorded - received) FILTER (recorded > received) AS missing_spans
  FROM runs JOIN received USING (tool, run) GROUP BY ALL
),
losses AS (
  SELECT
    tool,
    sum(lost_expired) AS lost_expired,
    sum(lost_overflow) AS lost_overflow,
    sum(lost_rejected) AS lost_rejected,
    sum(lost_unreadable) AS lost_unreadable
  FROM spans WHERE type = 'delivery' GROUP BY ALL
),
clocks AS (
  SELECT tool, count(*) AS wrong_clock
  FROM every_span WHERE started IS NULL AND tool = coalesce(getvariable('tool'), tool) GROUP BY ALL
)
SELECT
  tool,
  coalesce(runs, 0) AS runs,
  coalesce(incomplete_runs, 0) AS incomplete_runs,
  coalesce(missing_spans, 0) AS missing_spans,
  coalesce(lost_expired, 0) AS lost_expired,
  coalesce(lost_overflow, 0) AS lost_overflow,
  coalesce(lost_rejected, 0) AS lost_rejected,
  coalesce(lost_unreadable, 0) AS lost_unreadable,
  coalesce(wrong_clock, 0) AS wrong_clock
FROM compared FULL JOIN losses USING (tool) FULL JOIN clocks USING (tool) ORDER BY tool;
