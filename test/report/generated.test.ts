import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { answers, type Answer } from '../../src/report/database.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { otlpLines } from '../support/generated-formats.ts'
import { dateOf, generated } from '../support/generated.ts'
import { truthOf } from '../support/generated-truth.ts'
import { usePlace } from '../support/place.ts'
import { objectsOf } from '../support/rows.ts'

/** Answers on a population whose truth is known by construction. */

const size = 4
const place = usePlace()
const file = (): string => {
  const path = join(place.cwd, 'spans.jsonl')
  writeFileSync(path, [...otlpLines(generated(size, 20_261_103))].join(''))
  return path
}
const ask = (chosen = {}): Promise<Answer[]> => answers([file()], () => undefined, chosen)
const of = (all: readonly Answer[], question: Question) => objectsOf(all.find((each) => each.question === question))
