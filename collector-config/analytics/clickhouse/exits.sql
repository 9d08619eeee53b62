-- How commands end: their exit code, and the class of the error.
SELECT tool, exit_code, error_class, error_type, count() AS runs
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'run' GROUP BY tool, exit_code, error_class, error_type
ORDER BY tool, runs DESC, exit_code, error_class, error_type;
