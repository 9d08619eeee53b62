-- `fetch_resource_stats` is an array of objects, which warehouses keep as JSON.
SELECT
  app AS tool,
  fetch_provider AS provider,
  stat ->> 'name' AS resource,
  sum((stat ->> 'fetches')::numeric) AS fetches,
  sum((stat ->> 'count')::numeric) AS items,
  sum((stat ->> 'errors')::numeric) AS errors,
  round(percentile_cont(0.5) WITHIN GROUP (
    ORDER BY (stat ->> 'duration_ms')::float / nullif((stat ->> 'fetches')::float, 0)
  )) AS p50_ms
FROM
  (SELECT DISTINCT ON (id) * FROM "fetch") AS fetches,
  jsonb_array_elements(coalesce(fetch_resource_stats::jsonb, '[]')) AS stat
GROUP BY 1, 2, 3 ORDER BY tool, fetches DESC, provider, resource;
