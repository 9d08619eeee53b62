WITH ages(age, position, least, most) AS (
  VALUES ('new', 0, 0, 0), ('1w', 1, 1, 1), ('2-3w', 2, 2, 3), ('4-7w', 3, 4, 7), ('8-15w', 4, 8, 15), ('16-31w', 5, 16, 31),
    ('32w+', 6, 32, NULL)
),
firsts AS (
  SELECT tool, week, age, count(*) AS users
  FROM (
    SELECT DISTINCT ON (id) app AS tool, date_trunc('week', "timestamp" AT TIME ZONE 'UTC')::date AS week, age
    FROM run WHERE first_week AND age IS NOT NULL AND env_ci IS NOT TRUE
  ) AS runs
  GROUP BY tool, week, age
),
tools AS (SELECT tool, min(week) AS begin FROM firsts GROUP BY tool)
SELECT
  tool,
  week,
  age,
  users,
  CASE WHEN week - 7 * most >= begin THEN cohort END AS cohort,
  CASE WHEN week - 7 * most >= begin THEN round(100.0 * users / cohort, 1) END AS percent
FROM firsts JOIN ages USING (age) JOIN tools USING (tool) CROSS JOIN LATERAL (
  SELECT sum(began.users) AS cohort FROM firsts AS began
  WHERE began.tool = firsts.tool AND began.age = 'new'
    AND began.week BETWEEN firsts.week - 7 * most AND firsts.week - 7 * least
) AS cohorts
ORDER BY tool, week, position;
