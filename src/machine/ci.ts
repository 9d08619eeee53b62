import ci from 'ci-info'

/** Whether the command runs in CI or in a cloud function, judged by environment variables. */

/** The variables by which CloudQuery's CLI detects CI; checked in addition to those of ci-info. */
const ciVariables = [
  'CI BUILD_ID BUILDKITE CIRCLECI CIRCLE_CI CIRRUS_CI CODEBUILD_BUILD_ID GITHUB_ACTIONS GITLAB_CI HEROKU_TEST_RUN_ID',
  'TEAMCITY_VERSION TF_BUILD TRAVIS',
].flatMap((line) => line.split(' '))

const faasVariables = ['LAMBDA_TASK_ROOT', 'AWS_LAMBDA_FUNCTION_NAME', 'FUNCTION_TARGET', 'AZURE_FUNCTIONS_ENVIRONMENT']

const isAnySet = (names: readonly string[]): boolean => names.some((name) => (process.env[name] ?? '') !== '')

/** `CI=false` overrides all other variables, as in ci-info. */
export const isCi = (): boolean => process.env['CI'] !== 'false' && (ci.isCI || isAnySet(ciVariables))

/** The vendor's constant in ci-info, e.g. `GITHUB_ACTIONS`. */
export const ciVendor = (): string | undefined => (isCi() ? (ci.id ?? undefined) : undefined)

export const isFaas = (): boolean => isAnySet(faasVariables)
