-- How commands end: their exit code, and the class of the error.
SELECT
  tool, exit_code, coalesce(error_class, '') AS error_class, coalesce(error_type, '') AS error_type, count(*) AS runs
FROM spans WHERE type = 'run' GROUP BY ALL ORDER BY tool, runs DESC, exit_code, error_class, error_type;
