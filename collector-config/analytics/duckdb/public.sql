-- For `report --public`: the users of a tool in a month, and how many of them are in each group. A user has one version, system and
-- country, those of the last run; without ids, of the run that says that it is the first of the month.
WITH runs AS (SELECT * FROM spans WHERE type = 'run' AND NOT ci),
users AS (
  SELECT
    tool,
    arg_max(coalesce(version, ''), started) AS version,
    arg_max(coalesce(os, ''), started) AS system,
    arg_max(coalesce(country, ''), started) AS country
  FROM runs WHERE user_key IS NOT NULL GROUP BY tool, user_key
  UNION ALL
  SELECT tool, coalesce(version, ''), coalesce(os, ''), coalesce(country, '')
  FROM runs WHERE user_key IS NULL AND first_month = 'true'
),
groups AS (
  SELECT tool, 'users' AS part, '' AS name FROM users
  UNION ALL SELECT tool, 'versions', version FROM users
  UNION ALL SELECT tool, 'systems', system FROM users
  UNION ALL SELECT tool, 'countries', country FROM users
  UNION ALL
  SELECT tool, 'operations', operation
  FROM (
    SELECT DISTINCT tool, user_key, operation, max(weight) OVER (PARTITION BY tool, operation) AS weight
    FROM spans WHERE type = 'operation' AND user_key IS NOT NULL
  )
  -- Of an operation that is sampled, some users are not known. Names that the tool does not declare public are no groups of a public page.
  WHERE weight = 1 AND operation IS NOT NULL AND operation != '_OTHER' AND NOT starts_with(operation, 'private')
)
SELECT tool, part, name, count(*) AS users FROM groups GROUP BY ALL ORDER BY tool, part, users DESC, name;
