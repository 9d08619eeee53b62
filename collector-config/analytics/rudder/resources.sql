-- `fetch_resource_stats` is an array of objects, which warehouses keep as JSON. The sums of a fetch that is sampled count for those
-- that are not.
SELECT
  app AS tool,
  fetch_provider AS provider,
  stat ->> 'name' AS resource,
  round(sum(weight * (stat ->> 'fetches')::numeric)) AS fetches,
  round(sum(weight * (stat ->> 'count')::numeric)) AS items,
  round(sum(weight * (stat ->> 'errors')::numeric)) AS errors,
  round(percentile_cont(0.5) WITHIN GROUP (
    ORDER BY (stat ->> 'duration_ms')::float / nullif((stat ->> 'fetches')::float, 0)
  )) AS p50_ms
FROM
  (
    SELECT DISTINCT ON (id) *, coalesce(1e6 / nullif((to_jsonb(one) ->> 'sample_per_million')::numeric, 0), 1) AS weight
    FROM "fetch" AS one
  ) AS fetches,
  jsonb_array_elements(coalesce(fetch_resource_stats::jsonb, '[]')) AS stat
GROUP BY 1, 2, 3 ORDER BY tool, fetches DESC, provider, resource;
