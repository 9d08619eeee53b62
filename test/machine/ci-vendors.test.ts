import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { ciVendors } from '../../src/schema/ci-vendors.ts'
import { inspectLog, newPlace, runFixture } from '../support/program.ts'
import { attributesOf } from '../support/receiver.ts'

test('the table has the vendors of ci-info', () => {
  const file = createRequire(import.meta.url).resolve('ci-info/vendors.json')
  const vendors = JSON.parse(readFileSync(file, 'utf8')) as { constant: string }[]
  expect([...ciVendors].sort()).toEqual(vendors.map(({ constant }) => constant).sort())
})

const facts = async (env: NodeJS.ProcessEnv) => {
  const place = newPlace()
  try {
    await runFixture('fetch.mjs', place, env, ['--inspect-telemetry'])
    const line = inspectLog(place).find(({ message }) => message === 'inspect resource')
    const {
      'cq.ci': ci,
      'cq.faas': faas,
      'cq.terminal': terminal,
      'cq.ci_vendor': vendor,
    } = attributesOf(line?.data as never)
    return { ci, faas, terminal, vendor }
  } finally {
    place.remove()
  }
}

test.each([
  [{}, { ci: false, faas: false, vendor: undefined }],
  [{ CI: 'true' }, { ci: true, faas: false, vendor: undefined }],
  [
    { CI: 'false', GITHUB_ACTIONS: 'true' },
    { ci: false, faas: false, vendor: undefined },
  ],
  [{ CI: '0' }, { ci: false, faas: false, vendor: undefined }],
  [
    { CI: '0', GITLAB_CI: 'true' },
    { ci: false, faas: false, vendor: undefined },
  ],
  [{ CI: 'False' }, { ci: false, faas: false, vendor: undefined }],
  [
    { CI: 'no', TF_BUILD: 'True' },
    { ci: false, faas: false, vendor: undefined },
  ],
  [
    { CI: '', GITLAB_CI: 'true' },
    { ci: true, faas: false, vendor: 'GITLAB' },
  ],
  [{ CI: '' }, { ci: false, faas: false, vendor: undefined }],
  [{ CI: '1' }, { ci: true, faas: false, vendor: undefined }],
  [{ GITHUB_ACTIONS: 'true' }, { ci: true, faas: false, vendor: 'GITHUB_ACTIONS' }],
  [{ GITLAB_CI: 'true' }, { ci: true, faas: false, vendor: 'GITLAB' }],
  [{ TEAMCITY_VERSION: '2024.1' }, { ci: true, faas: false, vendor: 'TEAMCITY' }],
  [{ CODEBUILD_BUILD_ID: 'x' }, { ci: true, faas: false }],
  [{ AWS_LAMBDA_FUNCTION_NAME: 'f' }, { ci: false, faas: true }],
])('with %j in the environment a run is in %j', async (env, expected) => {
  expect(await facts(env)).toMatchObject({ ...expected, terminal: false })
})
