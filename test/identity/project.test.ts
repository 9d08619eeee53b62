import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasher } from '../../src/identity/hashes.ts'
import { canonicalAddress } from '../../src/identity/git-address.ts'
import { gitProject } from '../../src/identity/project.ts'
import { resourceFacts } from '../../src/identity/resource.ts'
import { usePlace } from '../support/place.ts'
import { inspectLog, runFixture } from '../support/program.ts'
import { attributesOf } from '../support/receiver.ts'

/** The project's id: the address of its repository in one form, found as Git itself finds it, and hashed. */

const same = 'github.com/acme/tool'

describe('an address', () => {
  test.each([
    'https://github.com/acme/tool',
    'https://github.com/acme/tool.git',
    'https://github.com/acme/tool.git/',
    'https://github.com/acme/tool/',
    'https://github.com//acme//tool',
    'https://GitHub.com/Acme/Tool.GIT',
    'https://github.com:443/acme/tool',
    'https://user@github.com/acme/tool',
    'https://user:s3cret@github.com/acme/tool.git',
    'https://user:p@ss@github.com/acme/tool.git',
    'https://x-access-token:ghs_s3cret@github.com/acme/tool',
    'https://github.com/acme/tool?token=s3cret',
    'https://github.com/acme/tool#s3cret',
    'http://github.com/acme/tool',
    'git://github.com/acme/tool.git',
    'ssh://git@github.com/acme/tool.git',
    'ssh://git@github.com:22/acme/tool.git',
    'git+ssh://git@github.com/acme/tool.git',
    'git@github.com:acme/tool.git',
    'git@github.com:/acme/tool.git',
    'github.com:acme/tool',
    '[git@github.com]:acme/tool.git',
    '[git@github.com:22]:acme/tool.git',
    'https://www.github.com/acme/tool',
    'ssh://git@ssh.github.com:443/acme/tool.git',
    'git@ssh.github.com:acme/tool.git',
  ])('%s is the same as by any other way to clone it', (url) => {
    expect(canonicalAddress(url)).toBe(same)
  })

  test.each([
    [
      'gitlab.com/acme/sub/tool',
      'https://gitlab.com/acme/sub/tool.git',
      'ssh://git@altssh.gitlab.com:443/acme/sub/tool.git',
    ],
    [
      'bitbucket.org/acme/tool',
      'https://me@bitbucket.org/acme/tool.git',
      'ssh://git@altssh.bitbucket.org:443/acme/tool.git',
    ],
    [
      'bitbucket.example.org/acme/tool',
      'https://bitbucket.example.org/scm/acme/tool.git',
      'ssh://git@bitbucket.example.org:7999/acme/tool.git',
    ],
    [
      'dev.azure.com/acme/web/_git/tool',
      'https://acme@dev.azure.com/acme/web/_git/tool',
      'git@ssh.dev.azure.com:v3/acme/web/tool',
      'https://acme.visualstudio.com/web/_git/tool',
      'https://acme.visualstudio.com/DefaultCollection/web/_git/tool',
      'acme@vs-ssh.visualstudio.com:v3/acme/web/tool',
    ],
    [
      'dev.azure.com/acme/tool/_git/tool',
      'https://dev.azure.com/acme/_git/tool',
      'https://acme.visualstudio.com/_git/tool',
    ],
    ['github.com/scm/tool', 'https://github.com/scm/tool'],
    ['git.xn--p1b-x.xn--p1ai/acme/tool', 'git@git.xn--p1b-x.xn--p1ai:acme/tool.git'],
    ['ssh.example.org/acme/tool', 'https://ssh.example.org/acme/tool'],
  ])('%s is that of %s and the like', (address, ...urls) => {
    expect(urls.map(canonicalAddress)).toEqual(urls.map(() => address))
  })

  test.each([
    '',
    'tool',
    './tool',
    '../tool',
    '/srv/git/tool.git',
    '/srv/git.example.org:tool',
    '~/tool',
    'C:\\git\\tool',
    'C:/git/tool',
    '\\\\server\\git\\tool',
    'file:///srv/git/tool.git',
    'file://server.example.org/git/tool.git',
    'http://localhost/acme/tool',
    'http://localhost:3000/acme/tool',
    'http://127.0.0.1:3000/acme/tool',
    'http://[::1]:3000/acme/tool',
    'git@10.0.0.5:acme/tool.git',
    'git@gitlab:acme/tool.git',
    'work:acme/tool.git',
    'git@github.com-work:acme/tool.git',
    'ssh://git@github.com-work/acme/tool.git',
    'ext::sh -c s3cret',
    'codecommit::eu-central-1://tool',
    'https://github.com',
    'https://github.com/',
    'https://github.com/.git',
    'git@github.com:',
    'x'.repeat(100_000),
    `https://${'a.'.repeat(50_000)}`,
    `https://${'a@'.repeat(50_000)}`,
    '/'.repeat(100_000),
  ])('%.60s is none that others know', (url) => {
    expect(canonicalAddress(url)).toBeUndefined()
  })
})

let base: string
beforeEach(() => (base = realpathSync(mkdtempSync(join(tmpdir(), 'cq-project-')))))
afterEach(() => rmSync(base, { recursive: true }))
const put = (path: string, text: string): string => {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), text)
  return path
}
const origin = (url = 'https://github.com/acme/tool') => `[remote "origin"]\n\turl = ${url}\n`
const found = (directory: string, home = '/nowhere') => gitProject(join(base, directory), home)
const git = (directory: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd: join(base, directory),
    env: { PATH: process.env['PATH'], GIT_ALLOW_PROTOCOL: 'file', HOME: base },
    stdio: 'pipe',
  })

describe('a configuration', () => {
  test.each<[string, string]>([
    ['as Git writes it', `[core]\n\tbare = false\n${origin()}\tfetch = +refs/heads/*:refs/remotes/origin/*\n`],
    ['in one line', '[remote "origin"] url = https://github.com/acme/tool'],
    ['without spaces', '[remote "origin"]\nurl=https://github.com/acme/tool'],
    ['with line ends of Windows', origin().replaceAll('\n', '\r\n')],
    ['in other cases', '[Remote "origin"]\n\tURL = https://github.com/acme/tool\n'],
    ['in quotes', origin('"https://github.com/acme/tool"')],
    ['with comments', `# x\n${origin('https://github.com/acme/tool ; a comment')}`],
    ['with a pushurl before it', '[remote "origin"]\n\tpushurl = /srv\n\turl = https://github.com/acme/tool\n'],
    ['with two', `${origin()}\turl = https://github.com/acme/other\n`],
    ['in a section of its own', `[remote "origin"]\n\tfetch = x\n[core]\n${origin()}`],
    ['beside one that differs in case', `[remote "Origin"]\n\turl = https://github.com/me/tool\n${origin()}`],
    ['behind a byte order mark', `\ufeff${origin()}`],
    ['in the old form', '[remote.origin]\n\turl = https://github.com/acme/tool\n'],
    ['in a line that is continued', origin('https://github.com/\\\nacme/tool')],
    ['in the next line', origin('\\\r\n  https://github.com/acme/tool')],
    ['with a comment behind the section', '[remote "origin"] # x\n\turl = https://github.com/acme/tool\n'],
    ['with an empty one, which clears the list', `[remote "origin"]\n\turl =\n\turl = https://github.com/acme/tool\n`],
    ['with a section that does not end', `[branch "a\n${origin()}`],
    [
      'with other remotes',
      `[remote "fork"]\n\turl = https://github.com/me/tool\n${origin()}[branch "main"]\n\turl = x\n`,
    ],
  ])('%s has its origin', (_, config) => {
    put('.git/config', config)
    expect(found('.')).toBe(same)
  })

  test.each<[string, string]>([
    ['empty', ''],
    ['without a remote', '[core]\n\tbare = false\n'],
    ['with another remote', '[remote "fork"]\n\turl = https://github.com/me/tool\n'],
    ['with a url elsewhere', '[remote "origin"]\n\tfetch = x\n[branch "main"]\n\turl = https://github.com/acme/tool\n'],
    ['with a comment for one', '[remote "origin"]\n#\turl = https://github.com/acme/tool\n'],
    ['with a number sign in quotes', origin('"/srv/a#b"')],
    ['of a megabyte', origin().padEnd(1_000_000, '#')],
    ['of a megabyte of sections', '[remote "origin"]\n'.repeat(14_000)],
  ])('%s has none', (_, config) => {
    put('.git/config', config)
    expect(found('.')).toBeUndefined()
  })

  test('that is a FIFO does not block the command', () => {
    mkdirSync(join(base, '.git'))
    execFileSync('mkfifo', [join(base, '.git/config')])
    expect(found('.')).toBeUndefined()
  })
})

describe('a repository', () => {
  const cloned = () => {
    mkdirSync(join(base, 'repo'))
    git('repo', 'init', '-q')
    git('repo', 'commit', '-q', '--allow-empty', '-m', 'x')
    git('repo', 'remote', 'add', 'origin', 'git@github.com:acme/tool.git')
  }

  test('is found from its root and from below', () => {
    cloned()
    mkdirSync(join(base, 'repo/src/deep'), { recursive: true })
    expect([found('repo'), found('repo/src/deep'), found('.')]).toEqual([same, same, undefined])
  })

  test('is found above a directory .git that is empty', () => {
    cloned()
    mkdirSync(join(base, 'repo/app/.git'), { recursive: true })
    expect(git('repo/app', 'remote', 'get-url', 'origin').toString()).toBe('git@github.com:acme/tool.git\n')
    expect(found('repo/app')).toBe(same)
  })

  test('has the same id in a worktree, a shallow clone and behind a link', () => {
    cloned()
    git('repo', 'worktree', 'add', '-q', '../tree')
    git('.', 'clone', '-q', '--depth', '1', `file://${join(base, 'repo')}`, 'shallow')
    git('shallow', 'remote', 'set-url', 'origin', 'https://token@github.com/acme/tool')
    symlinkSync(join(base, 'repo'), join(base, 'link'))
    expect([found('tree'), found('shallow'), found('link')]).toEqual([same, same, same])
  })

  test('inside another one is a project of its own', () => {
    cloned()
    mkdirSync(join(base, 'library'))
    git('library', 'init', '-q')
    git('library', 'commit', '-q', '--allow-empty', '-m', 'x')
    git('repo', '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', join(base, 'library'), 'vendor/library')
    git('repo/vendor/library', 'remote', 'set-url', 'origin', 'https://github.com/acme/library')
    expect(found('repo/vendor/library')).toBe('github.com/acme/library')
  })

  test.each<[string, string]>([
    ['names no directory', 'x'],
    ['names one that is not there', 'gitdir: ../nowhere\n'],
    ['is empty', ''],
    ['names itself', 'gitdir: .git\n'],
  ])('whose file .git %s has no id', (_, text) => {
    put('.git', text)
    expect(found('.')).toBeUndefined()
  })

  test.each<[string, string, string, string | undefined]>([
    ['that is the home', 'home', 'home', undefined],
    ['that is the home, from below', 'home/notes', 'home', undefined],
    ['above the home', 'home', '.', undefined],
    ['below the home', 'home/notes', 'home/notes', same],
    ['beside the home', 'srv/tool', 'srv/tool', same],
  ])('%s', (_, from, at, expected) => {
    mkdirSync(join(base, 'home'))
    put(join(at, '.git/config'), origin())
    mkdirSync(join(base, from), { recursive: true })
    expect(found(from, join(base, 'home'))).toBe(expected)
  })

  test('that is the home behind a link has no id', () => {
    put('data/ann/.git/config', origin())
    symlinkSync(join(base, 'data/ann'), join(base, 'home'))
    expect(found('data/ann', join(base, 'home'))).toBeUndefined()
  })
})

describe('what a run sends', () => {
  const place = usePlace()
  const sent = async (env: NodeJS.ProcessEnv) => {
    mkdirSync(join(place.cwd, '.git'))
    writeFileSync(join(place.cwd, '.git/config'), origin('https://user:s3cret@github.com/acme/tool'))
    await runFixture('fetch.mjs', place, { CQ_INSPECT_TELEMETRY: '1', ...env })
    const resource = inspectLog(place).find(({ message }) => message === 'inspect resource')
    return attributesOf(resource?.data as never)['cq.project.id']
  }

  test.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    ['by default', {}, undefined],
    ['asked for', { PROJECT_ID: '1' }, hasher('cloudquery')('project', same)],
    ['asked for in CI', { PROJECT_ID: '1', CI: 'true' }, hasher('cloudquery')('project', same)],
    [
      'without hashes of the machine',
      { PROJECT_ID: '1', IDENTITY: '"random-only"' },
      hasher('cloudquery')('project', same),
    ],
    ['with a key', { PROJECT_ID: '1', IDENTITY: '{"hmacKey":"k"}' }, hasher('cloudquery', 'k')('project', same)],
    ['without an identity', { PROJECT_ID: '1', IDENTITY: '"none"' }, undefined],
  ])('%s', async (_, env, expected) => {
    expect(await sent(env)).toBe(expected)
  })
})

test.each<[string, unknown]>([
  ['a text', 'one'],
  ['a function', () => 'one'],
])('what identifies a project may be %s', (_, project) => {
  const facts = resourceFacts({ app: { name: 'a', version: '1.0.0' }, project: project as string }, [], () => undefined)
  expect(facts()['cq.project.id']).toBe(hasher('a')('project', 'one'))
})

test.each<[string, unknown]>([
  ['throws', () => JSON.parse('{')],
  ['returns nothing', () => undefined],
  ['returns an empty text', () => ''],
  ['returns no text', () => ({})],
])('a function that %s leaves out the id alone', (_, project) => {
  const facts = resourceFacts({ app: { name: 'a', version: '1.0.0' }, project: project as string }, [], () => undefined)
  expect(facts()).toMatchObject({ 'service.name': 'a' })
  expect(facts()).not.toHaveProperty(['cq.project.id'])
})
