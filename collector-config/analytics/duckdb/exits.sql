-- How commands end: their exit code, and the class of the error. Runs that an interval left out have ended with 0.
WITH ends AS (
  SELECT tool, exit_code, coalesce(error_class, '') AS error_class, coalesce(error_type, '') AS error_type, 1 AS runs
  FROM spans WHERE type = 'run'
  UNION ALL
  SELECT tool, 0, '', '', left_out FROM spans WHERE type = 'run' AND left_out > 0
)
SELECT tool, exit_code, error_class, error_type, sum(runs) AS runs
FROM ends GROUP BY ALL ORDER BY tool, runs DESC, exit_code, error_class, error_type;
