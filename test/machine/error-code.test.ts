import { describe, expect, test } from 'vitest'
import { databaseFacts } from '../../src/identity/database.ts'
import { codeOf } from '../../src/machine/error-code.ts'
import { recordingHandle } from '../../src/record/handle.ts'
import { SpoolSink } from '../../src/spool/sink.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { usePlace } from '../support/place.ts'

/** What is shown of an error whose code somebody else has chosen. */

const withCode = (code: unknown) => Object.assign(new Error('x'), { code })
const key = `AKIA${'Q'.repeat(16)}`

test.each([
  ['EACCES'],
  ['EIO'],
  ['EAI_AGAIN'],
  ['ENOTFOUND'],
  ['ERR_INVALID_ARG_TYPE'],
  ['MODULE_NOT_FOUND'],
  ['28P01'],
])('%s is shown', (code) => {
  expect(codeOf(withCode(code))).toBe(code)
})

const throwing = {
  get code(): string {
    throw new Error('no')
  },
}
test.each<[string, unknown]>([
  ['a key', withCode(key)],
  ['digits', withCode('4'.repeat(16))],
  ['a sentence', withCode('EACCES of hunter2')],
  ['no text', withCode(13)],
  ['a getter that throws', throwing],
  ['no error', undefined],
  ['a text', key],
])('of %s nothing is shown', (_, error) => {
  expect(codeOf(error)).toBe('no code')
})

describe('an error of the host with a key as its code', () => {
  const place = usePlace()
  const fail = () => {
    throw withCode(key)
  }

  test.each<[string, (debug: (message: string) => void) => unknown]>([
    ['of its database', (debug) => databaseFacts({ query: async () => fail() }, debug)],
    [
      'that keeps a run from its start',
      (debug) => recordingHandle({ start: fail, startNow: true, signals: false, debug }).shutdown(),
    ],
    [
      'while spans are written',
      (debug) => {
        const files = layoutOf(place.home)
        const off = { held: false, keepInMemory: false, destinations: [], sends: false, partReady: () => undefined }
        new SpoolSink({ files, generation: fail, ...off }, debug).write(fail, [])
      },
    ],
  ])('is not quoted under debug: %s', async (_, use) => {
    const said: string[] = []
    await use((message) => said.push(message))
    expect(said.join()).toContain('no code')
    expect(said.join()).not.toContain(key)
  })
})
