-- Resources, from the sums of their operations: exact, whether or not they had spans of their own.
WITH lists AS (
  SELECT
    values_of(attributes['cq.providers.names']) AS providers,
    unnest(values_of(attributes['cq.resources.names'])) AS resource,
    CAST(unnest(values_of(attributes['cq.resources.providers'])) AS INTEGER) AS provider,
    CAST(unnest(values_of(attributes['cq.resources.counts'])) AS BIGINT) AS items,
    CAST(unnest(values_of(attributes['cq.resources.fetch_counts'])) AS BIGINT) AS fetches,
    CAST(unnest(values_of(attributes['cq.resources.errors'])) AS BIGINT) AS errors,
    CAST(unnest(values_of(attributes['cq.resources.durations_ms'])) AS DOUBLE) AS duration_ms
  FROM spans WHERE type = 'operation' AND attributes['cq.resources.names'] IS NOT NULL
)
SELECT
  coalesce(providers[provider + 1], '') AS provider,
  resource,
  sum(fetches) AS fetches,
  sum(items) AS items,
  sum(errors) AS errors,
  round(quantile_cont(duration_ms / fetches, 0.5)) AS p50_ms,
  round(quantile_cont(duration_ms / fetches, 0.95)) AS p95_ms
FROM lists GROUP BY ALL ORDER BY fetches DESC, provider, resource LIMIT 50;
