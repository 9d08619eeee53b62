import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isDevelopment } from '../../src/consent/development.ts'
import { usePlace } from '../support/place.ts'

const place = usePlace()
const app = { name: 'mytool', version: '1.2.3' }

const own = [
  { name: 'mytool' },
  { name: '@me/mytool' },
  { name: 'monorepo-cli', bin: { mytool: 'cli.js' } },
  { name: 'x', dependencies: { 'cq-telemetry': '1' } },
  { name: 'x', devDependencies: { 'cq-telemetry': '1' } },
]
const users = [{ name: 'my-site' }, { name: 'my-site', devDependencies: { mytool: '1' } }, { private: true }, [], null]

/** A script in a package of the place, whose repository is beside the package. */
const scriptIn = (path: string, content: unknown, { git = true } = {}): string => {
  const script = join(place.cwd, path)
  mkdirSync(join(script, '..'), { recursive: true })
  writeFileSync(script, '')
  writeFileSync(join(place.cwd, 'package.json'), JSON.stringify(content))
  if (git) mkdirSync(join(place.cwd, '.git'))
  return script
}

describe('a script in a git repository', () => {
  test.each(own)("is a development build in the tool's own package %j", (content) => {
    expect(isDevelopment(app, {}, scriptIn('dist/cli.js', content))).toBe(true)
  })

  test.each(users)("is no development build in a user's package %j", (content) => {
    expect(isDevelopment(app, {}, scriptIn('.yarn/releases/mytool.cjs', content))).toBe(false)
  })

  test.each(['node_modules/mytool/cli.js', 'node_modules/.bin/mytool'])('is no development build at %s', (path) => {
    expect(isDevelopment(app, {}, scriptIn(path, own[0]))).toBe(false)
  })

  test('is a development build below a package.json without a name', () => {
    const script = scriptIn('dist/cli.js', own[0])
    writeFileSync(join(place.cwd, 'dist/package.json'), '{"type":"module"}')
    expect(isDevelopment(app, {}, script)).toBe(true)
  })
})

test('a package without a repository is no development build', () => {
  expect(isDevelopment(app, {}, scriptIn('dist/cli.js', own[0], { git: false }))).toBe(false)
})

test.each([
  [own[0], true],
  [users[0], false],
])('a link out of node_modules to the package %j: %s', (content, expected) => {
  const script = scriptIn('cli.js', content, { git: false })
  const link = join(place.cwd, 'node_modules/.bin/mytool')
  mkdirSync(join(link, '..'), { recursive: true })
  symlinkSync(script, link)
  expect(isDevelopment(app, {}, link)).toBe(expected)
})

test.each([
  { NODE_ENV: 'test' },
  { NODE_TEST_CONTEXT: 'child-v8' },
  { VITEST: 'true' },
  { JEST_WORKER_ID: '1' },
  { TAP: '1' },
])('a run of a test is one: %j', (env) => {
  expect(isDevelopment(app, env, undefined)).toBe(true)
})

test.each([
  ['node_modules/mocha/bin/mocha.js', true],
  ['node_modules/mocha/bin/_mocha', true],
  ['node_modules/.bin/mocha', true],
  ['node_modules/.bin/_mocha', true],
  ['node_modules/jasmine/bin/jasmine.js', true],
  ['node_modules/uvu/bin.js', true],
  ['node_modules/mocha-tool/bin/mocha.js', false],
  ['node_modules/.bin/mocha-tool', false],
  ['projects/mocha/bin/mocha.js', false],
])('a run in the process of %s is one: %s', (script, expected) => {
  expect(isDevelopment(app, {}, join(place.cwd, script))).toBe(expected)
})

test('an instrumented test runner is no development build', () => {
  const mocha = { name: 'mocha', version: '11.0.0' }
  expect(isDevelopment(mocha, {}, join(place.cwd, 'node_modules/.bin/mocha'))).toBe(false)
})

test.each([
  ['0.0.0', true],
  ['v0.0.0-next.1', true],
  ['1.2.3-dev', true],
  ['1.2.3-dev.4', true],
  ['1.2.3', false],
  ['1.2.3-develop', false],
])('the version %s: %s', (version, expected) => {
  expect(isDevelopment({ name: 'mytool', version }, {}, undefined)).toBe(expected)
})
