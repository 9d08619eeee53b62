/**
 * The keys and values of a configuration that reveal nothing about a person, a company or a machine, and so may take
 * part in the hash of the configuration. A key is known if each of its words is.
 */

const words = (...lines: readonly string[]): ReadonlySet<string> => new Set(lines.flatMap((line) => line.split(' ')))

/** Words of keys whose numbers and known words count. */
export const settingWords = words(
  'all allow always append async attempts auto backoff batch batches buffer bytes cache capacity chunk chunks cleanup',
  'colors colour colours color compact compress compression concurrency concurrent connect connections count cq cycles',
  'days debug delay depth deterministic disable disabled dry duration enable enabled every exclude',
  'exponential factor fail fast fetch fetches first flush follow force format formats full goroutines gzip hours idle',
  'ignore include incremental initial insecure interval items iterations jitter json keepalive keep last lazy level',
  'levels lifetime limit limits log logging max maximum memory migrate migration min minimum minutes mode ms multiplier',
  'no only open optimize options output page pages parallel parallelism partial per percent period persist policy poll',
  'pool port precision pretty priority progress queue quiet rate ratio read recursive refresh region regions requests',
  'retention retries retry rotate rows run sample sampling scale schedule scheduler seconds settings size skip sleep',
  'spec speed ssl sslmode stats step strategy strict sync table tables telemetry threads threshold throttle timeout times',
  'timings tls ttl type unlimited update validate verbose verify version wait warn warnings window worker workers',
  'write yaml',
)

/** Words of keys whose names of public providers and resources count. */
export const nameWords = words(
  'name names provider providers resource resources table tables skip source sources destination destinations only',
  'include exclude plugin plugins kind type types use fetch',
)

/** The values of enumerations: switches, levels, formats, modes, regions by their first part. */
export const knownValues = words(
  'true false yes no on off auto none always never default all any enabled disabled',
  'trace debug info notice warn warning error fatal panic silent quiet verbose',
  'json yaml yml toml hcl csv tsv table text plain pretty parquet markdown html gzip zstd brotli snappy lz4 deflate',
  'append overwrite overwrite-delete-stale replace merge upsert safe forced force migrate skip',
  'disable allow prefer require required verify-ca verify-full optional',
  'dfs bfs shuffle round-robin random linear exponential constant sequential parallel serial',
  'grpc http https local registry docker cloudquery github s3 gcs file memory hub postgresql postgres',
  'source destination transformer read write read-only read-write eu us ap ca sa me af',
)
