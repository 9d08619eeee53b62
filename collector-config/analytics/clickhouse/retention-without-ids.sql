-- Of the users who began so many weeks before, how many came in a week: where there are no ids. Without a percentage where the table
-- does not have all of those weeks.
WITH
firsts AS (
  SELECT tool, toMonday(started) AS week, attributes['cq.age'] AS age, count() AS users
  FROM cq_spans(since = toDateTime(0, 'UTC'), until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'run' AND NOT ci AND attributes['cq.first.week'] = 'true' AND age != '' GROUP BY tool, week, age
),
began AS (
  SELECT tool, min(week) AS begin, groupArrayIf((week, users), age = 'new') AS weeks FROM firsts GROUP BY tool
),
found AS (
  SELECT
    tool, week, age, firsts.users AS users,
    indexOf(['new', '1w', '2-3w', '4-7w', '8-15w', '16-31w', '32w+'], age) AS position,
    [0, 1, 2, 4, 8, 16, 32][position] AS least,
    [0, 1, 3, 7, 15, 31, 1000000][position] AS most,
    most < 1000000 AND toInt64(toUInt16(week)) - 7 * most >= toInt64(toUInt16(begin)) AS known,
    arraySum(arrayMap(each -> each.2, arrayFilter(
      each -> intDiv(toInt64(toUInt16(week)) - toInt64(toUInt16(each.1)), 7) BETWEEN least AND most, weeks
    ))) AS sum_of_weeks
  FROM firsts INNER JOIN began USING (tool) WHERE position > 0
)
SELECT
  tool,
  week,
  age,
  users,
  if(known, sum_of_weeks, NULL) AS cohort,
  if(known, round(100 * users / sum_of_weeks, 1), NULL) AS percent
FROM found
WHERE week >= toMonday({since:DateTime('UTC')})
ORDER BY tool, week, position;
