-- PostgreSQL; Rudder makes a table of each event and columns of the properties, with `_` between the levels. The first
-- statement makes a view of the runs, each once; the others ask it. `timestamp` is the time of the run, corrected by the
-- gateway where a client's clock is wrong. A user is the id if it is kept, or else the machine, which stays the same if somebody
-- deletes the id before each run.
CREATE VIEW cq_runs AS
WITH once AS (SELECT DISTINCT ON (id) * FROM run),
kept AS (SELECT DISTINCT app, cookie_id FROM once WHERE random_id_persisted IS DISTINCT FROM false AND cookie_id IS NOT NULL)
SELECT
  once.app AS tool,
  id,
  (once.timestamp AT TIME ZONE 'UTC')::date AS day,
  date_trunc('week', once.timestamp AT TIME ZONE 'UTC')::date AS week,
  -- How many runs were left out before it. The column exists once a tool has sent such a run.
  coalesce((to_jsonb(once) ->> 'sample_left_out')::bigint, 0) AS left_out,
  version,
  coalesce(random_id_persisted, true) AS persisted,
  coalesce(env_ci, false) AS ci,
  -- The column exists once an agent has run a tool.
  to_jsonb(once) ->> 'env_agent' AS agent,
  coalesce(env_mac_addr, env_hostname) AS machine,
  CASE WHEN env_ci IS NOT TRUE THEN CASE WHEN kept.cookie_id IS NOT NULL THEN kept.cookie_id ELSE coalesce(env_mac_addr, env_hostname) END END AS user_key,
  CASE WHEN env_ci IS NOT TRUE AND kept.cookie_id IS NULL THEN once.cookie_id END AS id_seen_once,
  CASE WHEN env_ci THEN coalesce(cfghash, env_mac_addr, env_hostname) END AS ci_source
FROM once LEFT JOIN kept ON kept.app = once.app AND kept.cookie_id = once.cookie_id
WHERE once.timestamp >= '2020-01-01' AND once.timestamp < now() + INTERVAL '1 day';
