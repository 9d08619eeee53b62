/**
 * Options that are right at a look, so that a run that is switched off need not load the check, which names what is wrong and
 * has the last word. What is accepted here, that accepts (a test holds it); whatever is not plain goes there.
 */

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Test = (value: unknown) => boolean

/** An option that is undefined is one that is not given. */
const holds = (value: unknown, tests: Readonly<Record<string, Test>>, required: readonly string[]): boolean =>
  isObject(value) &&
  required.every((key) => value[key] !== undefined) &&
  Object.keys(value).every((key) => value[key] === undefined || (Object.hasOwn(tests, key) && tests[key]?.(value[key])))

const isText: Test = (value) => typeof value === 'string' && value.trim() !== ''
const isUrl: Test = (value) => typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value)
const isBoolean: Test = (value) => typeof value === 'boolean'
const isNames: Test = (value) =>
  typeof value === 'function' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
const isName: Test = (value) => typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value)
const isVersion: Test = (value) => typeof value === 'string' && /^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(value)

/** What an option may be, where that is one of a few words. */
export const choices = {
  configFormat: ['hcl', 'yaml', 'json', 'toml'],
  spans: ['resources', 'operations'],
  notice: ['terminal', 'anywhere', 'silent'],
  delivery: ['auto', 'detached', 'inline', 'manual'],
} as const

const app = { name: isName, version: isVersion }
const rudder = { writeKey: isText, dataPlaneUrl: isUrl }
const otlp = { endpoint: isUrl }
const publicNames = { operations: isNames, providers: isNames, resources: isNames, policies: isNames }

const options: Readonly<Record<string, Test>> = {
  app: (value) => holds(value, app, ['name', 'version']),
  rudder: (value) => holds(value, rudder, ['writeKey', 'dataPlaneUrl']),
  otlp: (value) => holds(value, otlp, ['endpoint']),
  publicNames: (value) => holds(value, publicNames, []),
  providers: (value) => typeof value === 'function',
  config: () => true,
  docsUrl: isUrl,
  envPrefix: (value) => typeof value === 'string' && /^[A-Z]{2,20}$/.test(value),
  directory: (value) => typeof value === 'string' && /^\.[a-z][a-z0-9-]*$/.test(value),
  configFormat: (value) => choices.configFormat.includes(value as never),
  spans: (value) => choices.spans.includes(value as never),
  notice: (value) => choices.notice.includes(value as never),
  delivery: (value) => choices.delivery.includes(value as never),
  dataDir: isText,
  logFile: isText,
  command: isText,
  child: isText,
  sendInDevelopment: isBoolean,
  signals: isBoolean,
  joinTraces: isBoolean,
}

export const isPlainlyRight = (value: unknown): boolean => holds(value, options, ['app'])
