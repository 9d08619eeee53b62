-- Crashes by fault. An installation reports five a day. More are only counted (`suppressed`).
WITH counted AS (
  SELECT
    tool,
    coalesce(fingerprint, '') AS fingerprint,
    coalesce(min(error_type), '') AS error_type,
    coalesce(min(operation), '') AS operation,
    coalesce(min(first_frame), '') AS first_frame,
    count(*) AS reports,
    count(DISTINCT user_key) AS users,
    coalesce(string_agg(DISTINCT version, ' ' ORDER BY version), '') AS versions
  FROM spans WHERE type = 'crash' GROUP BY ALL
)
SELECT * FROM counted
QUALIFY row_number() OVER (PARTITION BY tool ORDER BY users DESC, reports DESC, fingerprint) <= 50
ORDER BY tool, users DESC, reports DESC, fingerprint;
