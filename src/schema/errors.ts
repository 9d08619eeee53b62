import type { ErrorClass } from './vocabulary.ts'

/** Known errors, by class name and by code. An error class or code that is not listed is sent as `_OTHER`. */

const codes = (errorClass: ErrorClass, ...names: string[]): [string, ErrorClass][] =>
  names.map((name) => [name, errorClass])

/** Codes of Node's system errors, of TLS and of undici. */
export const errorCodes: ReadonlyMap<string, ErrorClass> = new Map([
  ...codes('cancelled', 'ABORT_ERR', 'ERR_CANCELED', 'ECANCELED'),
  ...codes('auth', 'EAUTH'),
  ...codes(
    'connection',
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EAI_FAIL',
    'ETIMEDOUT',
    'EHOSTUNREACH',
  ),
  ...codes(
    'connection',
    'EHOSTDOWN',
    'ENETUNREACH',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'EPIPE',
    'ENOTCONN',
    'ERR_SOCKET_CLOSED',
  ),
  ...codes(
    'connection',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ),
  ...codes(
    'connection',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'EPROTO',
  ),
  ...codes(
    'connection',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'UND_ERR_SOCKET',
  ),
  ...codes(
    'user',
    'ENOENT',
    'EACCES',
    'EPERM',
    'EEXIST',
    'EISDIR',
    'ENOTDIR',
    'ENOTEMPTY',
    'EROFS',
    'ENOSPC',
    'EDQUOT',
    'EMFILE',
    'ENFILE',
  ),
  ...codes(
    'user',
    'ENAMETOOLONG',
    'ELOOP',
    'EADDRINUSE',
    'ERR_PARSE_ARGS_UNKNOWN_OPTION',
    'ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
  ),
  ...codes('user', 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'),
  // From the parser `arg`.
  ...codes('user', 'ARG_UNKNOWN_OPTION', 'ARG_MISSING_REQUIRED_LONGARG', 'ARG_MISSING_REQUIRED_SHORTARG'),
  ...codes(
    'internal',
    'ERR_INVALID_ARG_TYPE',
    'ERR_INVALID_ARG_VALUE',
    'ERR_OUT_OF_RANGE',
    'ERR_ASSERTION',
    'ERR_MODULE_NOT_FOUND',
  ),
  ...codes(
    'internal',
    'ERR_UNHANDLED_REJECTION',
    'ERR_WORKER_OUT_OF_MEMORY',
    'ERR_STREAM_DESTROYED',
    'ERR_STREAM_WRITE_AFTER_END',
    'ENOMEM',
  ),
])

/** Names of error classes of JavaScript and of well-known packages. */
export const errorNames: ReadonlyMap<string, ErrorClass> = new Map([
  ...codes('cancelled', 'AbortError', 'CanceledError', 'CancelledError', 'CancelError'),
  // From @inquirer/core, when the user presses Ctrl-C.
  ...codes('cancelled', 'ExitPromptError', 'AbortPromptError', 'CancelPromptError'),
  ...codes('connection', 'TimeoutError'),
  ...codes('user', 'CommanderError', 'InvalidArgumentError', 'YAMLParseError', 'YError'),
  // Made by our framework adapters for a command line that the framework rejects.
  ...codes('user', 'UsageError', 'UnknownCommandError', 'UnknownOptionError', 'MissingArgumentError'),
  ...codes(
    'internal',
    'Error',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'ReferenceError',
    'EvalError',
    'URIError',
    'AggregateError',
  ),
  ...codes('internal', 'AssertionError', 'SuppressedError', 'DataCloneError'),
])

/** The type of an error that is not listed, and of an end without an error, such as a kill. */
export const otherError = '_OTHER'
/** The type of a database error; the attribute `cq.error.sqlstate_class` says which kind. */
export const databaseError = 'DatabaseError'

export const errorTypes: readonly string[] = [otherError, databaseError, ...errorNames.keys(), ...errorCodes.keys()]

/** SQLSTATE classes (the first two characters of the code), from appendix A of PostgreSQL's documentation. */
export const sqlStateClasses: readonly string[] = [
  '00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55',
  '57 58 72 F0 HV P0 XX',
].flatMap((line) => line.split(' '))
