-- How commands end: their exit code, and the class of the error. Runs that an interval left out have ended with 0.
SELECT tool, ending.1 AS exit_code, ending.2 AS error_class, ending.3 AS error_type, sum(ending.4) AS runs
FROM (
  SELECT
    tool,
    arrayJoin([
      (exit_code, error_class, error_type, toUInt64(1)),
      (toNullable(toInt64(0)), '', '', left_out)
    ]) AS ending
  FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'run'
)
WHERE ending.4 > 0 GROUP BY tool, exit_code, error_class, error_type
ORDER BY tool, runs DESC, exit_code, error_class, error_type;
