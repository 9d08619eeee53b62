import { isSet } from './variables.ts'

/** What environment variables alone say of the place in which a command runs. Costs nothing, unlike `ci.ts`. */

/** The variables by which CloudQuery's CLI detects CI. */
const ciVariables = [
  'CI BUILD_ID BUILDKITE CIRCLECI CIRCLE_CI CIRRUS_CI CODEBUILD_BUILD_ID GITHUB_ACTIONS GITLAB_CI HEROKU_TEST_RUN_ID',
  'TEAMCITY_VERSION TF_BUILD TRAVIS',
].flatMap((line) => line.split(' '))

const faasVariables = ['LAMBDA_TASK_ROOT', 'AWS_LAMBDA_FUNCTION_NAME', 'FUNCTION_TARGET', 'AZURE_FUNCTIONS_ENVIRONMENT']

const isAnySet = (names: readonly string[]): boolean => names.some((name) => (process.env[name] ?? '') !== '')

/** `CI=false`, as in ci-info, and any other word for no override all other variables. An empty `CI` does not. */
export const deniesCi = (): boolean => (process.env['CI'] ?? '').trim() !== '' && !isSet(process.env['CI'])

/** Whether a CI system has set one of the usual variables. */
export const hasCiVariable = (): boolean => !deniesCi() && isAnySet(ciVariables)

export const isFaas = (): boolean => isAnySet(faasVariables)
