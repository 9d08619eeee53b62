import type { Failure } from './failure.ts'

/** Items and errors that the host reports while an operation, provider, resource or policy is open. */
export class Counts {
  items = 0
  errors = 0
  /** The first error that the host reported as handled. */
  handled: Failure

  addItems(items: number): void {
    if (Number.isSafeInteger(items) && items > 0) this.items += items
  }

  addError(error: unknown): void {
    this.errors += 1
    this.handled ??= { error }
  }
}
