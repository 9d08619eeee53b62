// How a tool tests its telemetry: what would it send, and is anything of its users in it? Run by `npm test`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertLeaksNothing, capture, rawKeysIn } from 'cq-telemetry/testing'

const script = (name) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))

for (const framework of ['commander', 'yargs', 'citty', 'oclif-run', 'cac', 'clipanion', 'stricli', 'main']) {
  const greet = (...args) => capture(process.execPath, [script(framework), ...args])

  await test(`${framework}: a command is recorded, and the name is not`, async () => {
    const captured = await greet('hello', 'Ada-Lovelace', '--loud')
    assert.equal(captured.stdout, 'HELLO, ADA-LOVELACE!\n')
    assert.deepEqual(
      captured.events.map(({ event, properties }) => [event, properties.operation]),
      [
        ['operation', 'hello'],
        ['run', undefined],
      ],
    )
    assertLeaksNothing(captured, ['Ada-Lovelace'])
  })

  await test(`${framework}: nothing is recorded where the user says no`, async () => {
    const { stdout, spans } = await greet('hello', 'Ada', '--no-telemetry')
    assert.deepEqual({ stdout, spans }, { stdout: 'Hello, Ada!\n', spans: [] })
  })
}

await test('every key that the source names is in the table', () => {
  assert.deepEqual(rawKeysIn(fileURLToPath(new URL('../src', import.meta.url))), [])
})
