-- Crashes by fault. Beyond five a day of an installation they are only counted (`suppressed`).
SELECT
  value_of(attributes['cq.crash.fingerprint']) AS fingerprint,
  any_value(error_type) AS error_type,
  any_value(operation) AS operation,
  any_value(values_of(attributes['cq.crash.frames'])[1]) AS first_frame,
  count(*) AS reports,
  count(DISTINCT installation) AS users,
  string_agg(DISTINCT version, ' ' ORDER BY version) AS versions
FROM spans WHERE type = 'crash' GROUP BY fingerprint ORDER BY users DESC, reports DESC, fingerprint LIMIT 50;
