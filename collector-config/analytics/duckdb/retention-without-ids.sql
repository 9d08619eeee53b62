-- For tools that send no id: how many of the users who began so many weeks before came in a week. There is no percentage if a part of
-- those weeks is missing.
WITH ages(age, position, least, most) AS (
  VALUES ('new', 0, 0, 0), ('1w', 1, 1, 1), ('2-3w', 2, 2, 3), ('4-7w', 3, 4, 7), ('8-15w', 4, 8, 15), ('16-31w', 5, 16, 31),
    ('32w+', 6, 32, NULL)
),
firsts AS (
  SELECT tool, CAST(date_trunc('week', started) AS DATE) AS week, age, count(*) AS users
  FROM spans_until WHERE type = 'run' AND NOT ci AND first_week = 'true' AND age IS NOT NULL GROUP BY ALL
),
tools AS (SELECT tool, min(week) AS begin FROM firsts GROUP BY tool)
SELECT
  tool,
  week,
  age,
  users,
  CASE WHEN week - CAST(7 * most AS INTEGER) >= begin THEN cohort END AS cohort,
  CASE WHEN week - CAST(7 * most AS INTEGER) >= begin THEN round(100.0 * users / cohort, 1) END AS percent
FROM firsts JOIN ages USING (age) JOIN tools USING (tool) CROSS JOIN LATERAL (
  SELECT sum(began.users) AS cohort FROM firsts AS began
  WHERE began.tool = firsts.tool AND began.age = 'new'
    AND began.week BETWEEN firsts.week - CAST(7 * most AS INTEGER) AND firsts.week - CAST(7 * least AS INTEGER)
)
WHERE since() IS NULL OR week >= date_trunc('week', since())
ORDER BY tool, week, position;
