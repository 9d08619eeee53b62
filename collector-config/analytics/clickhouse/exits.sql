-- How commands end: their exit code, and the class of the error. Runs that an interval left out have ended with 0.
SELECT tool, end.1 AS exit_code, end.2 AS error_class, end.3 AS error_type, sum(end.4) AS runs
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
ARRAY JOIN [
  (exit_code, error_class, error_type, toUInt64(1)),
  (toNullable(toInt64(0)), '', '', left_out)
] AS end
WHERE type = 'run' AND end.4 > 0 GROUP BY tool, exit_code, error_class, error_type
ORDER BY tool, runs DESC, exit_code, error_class, error_type;
