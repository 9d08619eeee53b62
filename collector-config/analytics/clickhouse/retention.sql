-- How many of the users who were first seen in a week came back in each week after it. A user who was seen before `since` is not new.
WITH
users AS (
  SELECT tool, user_key, groupUniqArray(toMonday(started)) AS came, arrayMin(came) AS first_week
  FROM cq_spans(since = toDateTime(0, 'UTC'), until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'run' AND user_key IS NOT NULL GROUP BY tool, user_key
),
cohorts AS (
  SELECT tool, first_week, count() AS cohort, groupArrayArray(came) AS weeks
  FROM users WHERE first_week >= toMonday({since:DateTime('UTC')}) GROUP BY tool, first_week
)
SELECT
  tool,
  first_week,
  weeks_later,
  cohort,
  countEqual(weeks, first_week + 7 * weeks_later) AS users,
  round(100 * users / cohort, 1) AS percent
FROM cohorts
ARRAY JOIN range(toUInt32(intDiv(toMonday({until:DateTime('UTC')} - 1) - first_week, 7) + 1)) AS weeks_later
ORDER BY tool, first_week, weeks_later;
