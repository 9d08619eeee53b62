-- Resources, from the sums of their operations. They are exact, even without a span for each resource.
-- An operation that is sampled counts for the others.
WITH members AS (
  SELECT tool, weight, providers, unnest(resources) AS member FROM spans WHERE type = 'operation'
),
lists AS (
  SELECT
    tool,
    weight,
    -- A negative index would count from the end.
    coalesce(providers[CASE WHEN member.provider NOT LIKE '-%' THEN TRY_CAST(member.provider AS BIGINT) + 1 END], '') AS provider,
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
    CAST(round(coalesce(sum(fetches * weight), 0)) AS HUGEINT) AS fetches,
    CAST(round(coalesce(sum(items * weight), 0)) AS HUGEINT) AS items,
    CAST(round(coalesce(sum(errors * weight), 0)) AS HUGEINT) AS errors,
    round(quantile_cont(duration_ms / nullif(fetches, 0), 0.5)) AS p50_ms,
    round(quantile_cont(duration_ms / nullif(fetches, 0), 0.95)) AS p95_ms
  FROM lists GROUP BY ALL
)
SELECT * FROM counted
QUALIFY row_number() OVER (PARTITION BY tool ORDER BY fetches DESC, provider, resource) <= 50
ORDER BY tool, fetches DESC, provider, resource;
