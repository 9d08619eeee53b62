// Prints each failed test of a vitest JSON report: file, name, and the first lines of the error.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
for (const { name, status, message, assertionResults } of testResults) {
  const file = path.relative(process.cwd(), name)
  const failed = assertionResults.filter((test) => test.status === 'failed')
  for (const test of failed) print(`${file}: ${test.fullName}`, test.failureMessages.join('\n'), test.duration)
  // The report has the error of an import and of a hook of the file, and not that of a hook of a `describe`.
  if (status === 'failed' && failed.length === 0) print(file, message || 'a hook failed, see the output of the step')
}

/** For a timeout vitest reports a stack without its message. */
function print(title, error, milliseconds) {
  const said = error.replaceAll('Error: STACK_TRACE_ERROR', `timed out after ${(milliseconds / 1000).toFixed(1)} s`)
  const lines = said.split('\n').filter((line) => !/^ +at .*(?:\/node_modules\/|node:|<anonymous>)/.test(line))
  console.log(title)
  for (const line of lines.slice(0, 8)) console.log(`    ${line.slice(0, 300)}`)
}
