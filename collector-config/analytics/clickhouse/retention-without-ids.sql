-- For tools that send no id: how many of the users who began so many weeks before came in a week. There is no percentage if a part of
-- those weeks is missing.
WITH
ages AS (
  SELECT * FROM values(
    'age String, position UInt8, least Int32, most Nullable(Int32)',
    ('new', 0, 0, 0), ('1w', 1, 1, 1), ('2-3w', 2, 2, 3), ('4-7w', 3, 4, 7), ('8-15w', 4, 8, 15), ('16-31w', 5, 16, 31),
    ('32w+', 6, 32, NULL)
  )
),
firsts AS (
  SELECT tool, toMonday(started) AS week, attributes['cq.age'] AS age, count() AS users
  FROM cq_spans(since = toDateTime(0, 'UTC'), until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'run' AND NOT ci AND attributes['cq.first.week'] = 'true' AND age != '' GROUP BY tool, week, age
)
SELECT
  came.tool AS tool,
  came.week AS week,
  came.age AS age,
  came.users AS users,
  if(
    week - 7 * any(most) >= min(began.week),
    nullIf(sumIf(began.users, began.age = 'new' AND began.week BETWEEN week - 7 * most AND week - 7 * least), 0),
    NULL
  ) AS cohort,
  round(100 * users / cohort, 1) AS percent
FROM firsts AS came INNER JOIN ages ON ages.age = came.age INNER JOIN firsts AS began ON began.tool = came.tool
WHERE came.week >= toMonday({since:DateTime('UTC')})
GROUP BY tool, week, age, users ORDER BY tool, week, any(position);
