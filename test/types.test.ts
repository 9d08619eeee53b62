import { expectTypeOf, test } from 'vitest'
import { instrument } from '../src/index.ts'
import type { Telemetry } from '../src/index.ts'

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

test('the callback’s own type comes back', () => {
  const uncalled = (telemetry: Telemetry) => telemetry.operation('build', async () => 42)
  expectTypeOf(uncalled).returns.toEqualTypeOf<Promise<number>>()
})
