import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { newProject } from '../support/packed.ts'

test('the package is installed without any other, and npm finds nothing missing', () => {
  const project = newProject([])
  const tree = execFileSync('npm', ['ls', '--all', '--parseable'], { cwd: project.directory, encoding: 'utf8' })
  project.remove()
  expect(tree.trim().split('\n').slice(1)).toEqual([expect.stringMatching(/node_modules\/cq-telemetry$/)])
})
