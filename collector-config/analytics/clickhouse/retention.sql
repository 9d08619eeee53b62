WITH weeks AS (
  SELECT DISTINCT ResourceAttributes['app.installation.id'] AS installation, toMonday(Timestamp) AS week
  FROM otel_traces WHERE SpanAttributes['cq.span.type'] = 'run' AND installation != ''
),
cohorts AS (SELECT installation, min(week) AS first_week FROM weeks GROUP BY installation)
SELECT first_week, intDiv(dateDiff('day', first_week, week), 7) AS weeks_later, count() AS users
FROM weeks INNER JOIN cohorts USING (installation) GROUP BY first_week, weeks_later ORDER BY first_week, weeks_later;
