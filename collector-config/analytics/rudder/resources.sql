-- `fetch_resource_stats` is an array of objects, which warehouses keep as JSON.
SELECT
  fetch_provider AS provider,
  stat ->> 'name' AS resource,
  sum((stat ->> 'fetches')::bigint) AS fetches,
  sum((stat ->> 'count')::bigint) AS items,
  sum((stat ->> 'errors')::bigint) AS errors,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY (stat ->> 'duration_ms')::float / (stat ->> 'fetches')::float)) AS p50_ms
FROM (SELECT DISTINCT ON (id) * FROM "fetch") AS fetches, jsonb_array_elements(fetch_resource_stats::jsonb) AS stat
GROUP BY 1, 2 ORDER BY fetches DESC, provider, resource;
