import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiPages } from './support/api-pages.ts'

const pages = await apiPages()

test.each([...pages])('docs/api/%s matches the docstrings (npm run docs writes it)', async (name, text) => {
  await expect(text).toMatchFileSnapshot(`../docs/api/${name}`)
})

test('docs/api has no page of a removed import', () => {
  expect(readdirSync(new URL('../docs/api', import.meta.url)).toSorted()).toEqual([...pages.keys()].toSorted())
})
