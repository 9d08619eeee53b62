-- PostgreSQL; Rudder makes a table of each event and columns of the properties, with `_` between the levels.
SELECT
  date_trunc('week', "timestamp")::date AS week,
  count(*) AS invocations,
  count(DISTINCT cookie_id) AS users,
  count(*) FILTER (WHERE env_ci) AS ci_invocations,
  count(DISTINCT coalesce(cfghash, env_hostname)) FILTER (WHERE env_ci) AS ci_sources
FROM (SELECT DISTINCT ON (id) * FROM run) AS run GROUP BY 1 ORDER BY 1;
