-- Resources, from the sums of their operations: exact, whether or not they had spans of their own.
WITH members AS (
  SELECT tool, providers, unnest(resources) AS member FROM spans WHERE type = 'operation'
),
lists AS (
  SELECT
    tool,
    coalesce(providers[TRY_CAST(member.provider AS INTEGER) + 1], '') AS provider,
    member.resource AS resource,
    TRY_CAST(member.items AS BIGINT) AS items,
    TRY_CAST(member.fetches AS BIGINT) AS fetches,
    TRY_CAST(member.errors AS BIGINT) AS errors,
    TRY_CAST(member.duration_ms AS BIGINT) AS duration_ms
  FROM members WHERE member.resource IS NOT NULL
),
counted AS (
  SELECT
    tool,
    provider,
    resource,
    coalesce(sum(fetches), 0) AS fetches,
    coalesce(sum(items), 0) AS items,
    coalesce(sum(errors), 0) AS errors,
    round(quantile_cont(duration_ms / nullif(fetches, 0), 0.5)) AS p50_ms,
    round(quantile_cont(duration_ms / nullif(fetches, 0), 0.95)) AS p95_ms
  FROM lists GROUP BY ALL
)
SELECT * FROM counted
QUALIFY row_number() OVER (PARTITION BY tool ORDER BY fetches DESC, provider, resource) <= 50
ORDER BY tool, fetches DESC, provider, resource;
