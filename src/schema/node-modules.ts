/**
 * Modules of Node that a stack can contain: all public ones, and the internal ones that call a program or are called by
 * it. Source: `node --expose-internals -p "require('module').builtinModules"` of Node 20.20, 22.12, 24.21 and 26.10.
 */
const publicModules = [
  '_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server _stream_duplex _stream_passthrough',
  '_stream_readable _stream_transform _stream_wrap _stream_writable _tls_common _tls_wrap assert assert/strict',
  'async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns dns/promises domain',
  'events ffi fs fs/promises http http2 https inspector inspector/promises module net os path path/posix path/win32',
  'perf_hooks process punycode querystring readline readline/promises repl sea sqlite stream stream/consumers',
  'stream/promises stream/web string_decoder sys test test/reporters timers timers/promises tls trace_events tty url',
  'util util/types v8 vm wasi worker_threads zlib',
]

const internalModules = [
  'abort_controller assert/assertion_error async_hooks async_local_storage/async_context_frame',
  'async_local_storage/async_hooks blob buffer child_process console/constructor crypto/cipher crypto/hash crypto/keys',
  'crypto/sig crypto/util crypto/webcrypto deps/undici/undici dns/promises dns/utils encoding errors event_target',
  'fs/cp/cp fs/cp/cp-sync fs/dir fs/promises fs/streams fs/utils fs/watchers http2/compat http2/core main/eval_string',
  'main/eval_stdin main/run_main_module main/worker_thread modules/cjs/loader modules/esm/get_format modules/esm/hooks',
  'modules/esm/load modules/esm/loader modules/esm/module_job modules/esm/module_map modules/esm/resolve',
  'modules/esm/translators modules/esm/utils modules/helpers modules/package_json_reader modules/run_main',
  'modules/typescript net process/execution process/pre_execution process/promises process/task_queues',
  'readline/callbacks readline/interface readline/promises source_map/source_map_cache stream_base_commons',
  'streams/add-abort-signal streams/compose streams/destroy streams/duplex streams/end-of-stream streams/from',
  'streams/legacy streams/operators streams/passthrough streams/pipeline streams/readable streams/transform',
  'streams/utils streams/writable timers url util util/inspect util/parse_args/parse_args validators vm vm/module',
  'webidl webstreams/adapters webstreams/readablestream webstreams/transformstream webstreams/writablestream worker',
  'worker/io',
]

const namesIn = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' '))

export const nodeModules: ReadonlySet<string> = new Set([
  ...namesIn(publicModules),
  ...namesIn(internalModules).map((name) => `internal/${name}`),
])
