import ci from 'ci-info'

/** Where the command runs, by its environment. */

/** CloudQuery's list, beside what ci-info knows. */
const ciVariables = [
  'CI BUILD_ID BUILDKITE CIRCLECI CIRCLE_CI CIRRUS_CI CODEBUILD_BUILD_ID GITHUB_ACTIONS GITLAB_CI HEROKU_TEST_RUN_ID',
  'TEAMCITY_VERSION TF_BUILD TRAVIS',
].flatMap((line) => line.split(' '))

const faasVariables = ['LAMBDA_TASK_ROOT', 'AWS_LAMBDA_FUNCTION_NAME', 'FUNCTION_TARGET', 'AZURE_FUNCTIONS_ENVIRONMENT']

const someSet = (names: readonly string[]): boolean => names.some((name) => (process.env[name] ?? '') !== '')

/** `CI=false` is the usual way of saying that this is none. */
export const isCi = (): boolean => process.env['CI'] !== 'false' && (ci.isCI || someSet(ciVariables))

/** The constant of the vendor in ci-info, e.g. `GITHUB_ACTIONS`. */
export const ciVendor = (): string | undefined => (isCi() ? (ci.id ?? undefined) : undefined)

export const isFaas = (): boolean => someSet(faasVariables)
