import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answers } from '../../src/report/database.ts'
import { usePlace } from '../support/place.ts'
import { linesOf, population } from '../support/population.ts'
import { run } from '../support/program.ts'

/** Files of a collector whose names look like something else. */

const place = usePlace()
const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const report = (...args: string[]) => run(process.execPath, [main, 'report', '--json', ...args], place)
const lines = linesOf(population())

const put = (name: string, text = lines): string => {
  const path = join(place.cwd, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return name
}
const invocationsIn = (stdout: string): number => {
  const all = JSON.parse(stdout) as { question: string; columns: string[]; rows: number[][] }[]
  const byDay = all.find(({ question }) => question === 'users-by-day')
  const column = byDay?.columns.indexOf('invocations') ?? -1
  return (byDay?.rows ?? []).reduce((sum, row) => sum + (row[column] ?? 0), 0)
}
const whole = 8

describe.each([
  'spans.jsonl',
  'http:/evil.example/spans.jsonl',
  'https:/evil.example/spans.jsonl',
  's3:/bucket/spans.jsonl',
  'hf:/datasets/x/spans.jsonl',
  'file:/spans.jsonl',
  '*.jsonl',
  '**',
  'a?.jsonl',
  '[ab].jsonl',
  '[!a].jsonl',
  '{a,b}.jsonl',
  "quo'te.jsonl",
  'semi;colon.jsonl',
  'back\\slash.jsonl',
  'sp ace.jsonl',
  'line\nend.jsonl',
  '-dash.jsonl',
  '~',
  '$HOME',
  'spans.parquet',
  'spans.csv',
  'Ünï.jsonl',
])('a file called %j', (name) => {
  test('is read as exactly that file', async () => {
    put('a1.jsonl', 'x')
    put('a.jsonl', lines)
    put(name)
    const { code, stdout, stderr } = await report('--', name)
    expect({ code, stderr, invocations: invocationsIn(stdout) }).toEqual({ code: 0, stderr: '', invocations: whole })
  })
})

test('a folder called http: sends nothing to the network', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer(({ url }, response) => {
    asked.push(url)
    response.end(lines)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  put(`http:/127.0.0.1:${port}/spans.jsonl`)
  const { code, stdout } = await report(`http://127.0.0.1:${port}/spans.jsonl`)
  server.close()
  expect({ code, invocations: invocationsIn(stdout), asked }).toEqual({ code: 0, invocations: whole, asked: [] })
})

test('a missing file is not searched on the network or as a pattern', async () => {
  put('a.jsonl')
  for (const name of ['http://127.0.0.1:9/spans.jsonl', '*.jsonl', '[a].jsonl']) {
    await expect(answers([name], () => undefined)).rejects.toThrow(/Permission Error|No files found/)
    expect((await report(name)).stderr).toContain(`${name} is not there`)
  }
})

test('a file that is not regular is refused, and skipped in a folder', async () => {
  put('folder/spans.jsonl')
  execFileSync('mkfifo', [join(place.cwd, 'folder/pipe.jsonl')])
  mkdirSync(join(place.cwd, 'folder/directory.jsonl'))
  symlinkSync('/dev/zero', join(place.cwd, 'folder/zero.jsonl'))
  const { code, stdout } = await report('folder')
  expect({ code, invocations: invocationsIn(stdout) }).toEqual({ code: 0, invocations: whole })
  for (const name of ['folder/pipe.jsonl', 'folder/zero.jsonl', '/dev/zero'])
    expect(await report(name)).toMatchObject({ code: 1, stderr: `cq-telemetry: ${name} is not a regular file\n` })
})
