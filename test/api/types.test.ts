import { expectTypeOf, test } from 'vitest'
import { bool, bucket, instrument, oneOf } from '../../src/index.ts'
import type { Telemetry } from '../../src/index.ts'

/** Checked by `tsc -p test` in the lint step; the bodies are never run. */

const app = { name: 'mytool', version: '1.0.0' }
declare const typed: string

test('a literal list narrows the names: a string that may hold user input does not compile', () => {
  const uncalled = () => {
    const telemetry = instrument({ app, publicNames: { operations: ['build', 'test'], providers: ['aws'] } })
    telemetry.operation('build', (operation) => {
      operation.provider({ name: 'aws' }, () => undefined)
      // @ts-expect-error not in the list
      operation.provider({ name: typed }, () => undefined)
    })
    // @ts-expect-error not in the list
    telemetry.operation('deploy', () => undefined)
    // @ts-expect-error a string of any kind
    telemetry.operation(typed, () => undefined)
  }
  expectTypeOf(uncalled).toBeFunction()
})

test('a list of public names or words with a value of type string does not compile', () => {
  const uncalled = () => {
    // @ts-expect-error it may hold what a user has typed
    instrument({ app, publicNames: { operations: ['build', typed] } })
    // @ts-expect-error the same
    instrument({ app, publicNames: { providers: [] as string[] } })
    instrument({ app, publicNames: { providers: (name) => name === typed } })
    // @ts-expect-error the same
    oneOf('json', typed)
  }
  expectTypeOf(uncalled).toBeFunction()
})

test('declared attributes accept only the declared values', () => {
  const uncalled = () => {
    const attributes = { output: oneOf('json', 'table'), cached: bool(), rows: bucket() }
    instrument({ app, attributes }).operation('build', (build) => {
      build.set({ output: 'json', cached: true, rows: 12 })
      // @ts-expect-error not in the list
      build.set({ output: 'xml' })
      // @ts-expect-error a string of any kind
      build.set({ output: typed })
      // @ts-expect-error no boolean
      build.set({ cached: typed })
      // @ts-expect-error not declared
      build.set({ path: 1 })
    })
    instrument({ app }).operation('build', (build) => {
      // @ts-expect-error nothing is declared
      build.set({ output: 'json' })
    })
  }
  expectTypeOf(uncalled).toBeFunction()
})

test('a call returns the type of its callback', () => {
  const uncalled = (telemetry: Telemetry) => telemetry.operation('build', async () => 42)
  expectTypeOf(uncalled).returns.toEqualTypeOf<Promise<number>>()
})
