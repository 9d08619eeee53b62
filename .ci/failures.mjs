// Prints each failed test of a vitest JSON report: file, name, and the first lines of the error.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
for (const { name, message, assertionResults } of testResults) {
  const file = path.relative(process.cwd(), name)
  const failed = assertionResults.filter((test) => test.status === 'failed')
  for (const test of failed) print(`${file}: ${test.fullName}`, test.failureMessages.join('\n'))
  // A file that failed before its tests: an import, a hook.
  if (message && failed.length === 0) print(file, message)
}

function print(title, error) {
  console.log(title)
  for (const line of error.split('\n').slice(0, 8)) console.log(`    ${line.slice(0, 300)}`)
}
